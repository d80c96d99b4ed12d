/** An operation on the shelf: complete, and valid against the published schema (a test holds it to that). */
export interface Example {
  title: string;
  titleChinese: string;
  /** What to know before pressing Run. */
  note?: string;
  operation: string;
  /** As shown when nothing fills them: ids in here are placeholders. */
  variables?: Record<string, unknown>;
  /** Looks up rows of the viewer's own when the example is opened, so that it runs as it stands. */
  fill?: {
    query: string;
    variables?: Record<string, unknown>;
    /** Turns the answer's data into variables; undefined when there is no suitable row. */
    // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's.
    into: (data: any) => Record<string, unknown> | undefined;
    whenNothingFound: string;
  };
}

/** The examples for one kind of user. */
export interface ExampleGroup {
  title: string;
  titleChinese: string;
  about: string;
  /** Roles for which the group is open at first. */
  roles: string[];
  examples: Example[];
}
