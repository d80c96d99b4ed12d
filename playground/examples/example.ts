/** An example operation: complete, and valid against the published schema (a test checks it). */
export interface Example {
  title: string;
  titleChinese: string;
  /** What to know before pressing Run. */
  note?: string;
  operation: string;
  /** The variables shown where `fill` has not set them; ids in here are placeholders. */
  variables?: Record<string, unknown>;
  /** Looks up rows of the viewer's own when the example is opened, so that it runs without editing. */
  fill?: {
    query: string;
    variables?: Record<string, unknown>;
    /** Turns the response's data into variables; undefined when there is no suitable row. */
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
  /** Roles for which the group is initially open. */
  roles: string[];
  examples: Example[];
}
