import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import { Extensions } from './extensions.ts';
import { namedClass } from './named-class.ts';

/** Default page size. */
export const defaultPageSize = 25;
/** A search counts no further: counting all files that hold a frequent word takes a second. */
export const maxCounted = 10_000;
/** Maximum page size; a larger one is an error, never silently reduced. */
export const maxPageSize = 200;

@ObjectType({ description: 'The position of a page in its list. (分页信息)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class PageInfo {
  @Field(() => Boolean, { description: 'There are rows after this page. (是否有下一页)' })
  hasNextPage!: boolean;

  @Field(() => Boolean, {
    description: 'There are rows before this page. (是否有上一页)',
  })
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the first row; null on an empty page. (首行游标)',
  })
  @Extensions({ text: 'CONTROLLED' })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last row; null on an empty page. (末行游标)',
  })
  @Extensions({ text: 'CONTROLLED' })
  endCursor!: string | null;
}

/** Arguments of every page. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `Rows from the start, 1 to ${maxPageSize}; ${defaultPageSize} if neither first nor last is given. BAD_USER_INPUT if out of bounds. (前若干行)`,
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only rows after this cursor. (游标之后)' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `Rows from the end, 1 to ${maxPageSize}; not together with first. (后若干行)`,
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Only rows before this cursor. (游标之前)' })
  before?: string | null;
}

/** Arguments of a forward-only page. */
@ArgsType()
export class ForwardPageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `Rows, 1 to ${maxPageSize}; ${defaultPageSize} by default. (前若干行)`,
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only rows after this cursor. (游标之后)' })
  after?: string | null;
}

/** Generates `<Name>Edge` and `<Name>Connection`. */
export function connectionTypeOf(name: string, type: object, isSearchable = false): object {
  const Edge = namedClass(`${name}Edge`);
  Field(() => String, { description: 'The position of this row in the list; opaque. (游标)', simple: true })(
    Edge.prototype,
    'cursor',
  );
  Extensions({ text: 'CONTROLLED' })(Edge.prototype, 'cursor');
  Field(() => type, { description: 'The row. (行)', simple: true })(Edge.prototype, 'node');
  ObjectType(`${name}Edge`, { description: `One ${name} in a list. (列表项)` })(Edge);
  Extensions({ access: 'open' })(Edge);

  const Connection = namedClass(`${name}Connection`);
  const add = (field: string, fieldType: () => object, description: string, nullable = false) =>
    Field(fieldType, { description, nullable, simple: true })(Connection.prototype, field);
  add('edges', () => [Edge], 'The rows with their cursors. (带游标的行)');
  add('nodes', () => [type], 'The rows. (行)');
  add('pageInfo', () => PageInfo, 'The position of this page in the list. (分页信息)');
  add(
    'totalCount',
    () => Int,
    `Rows in the whole list that the viewer may see; counted only when selected${isSearchable ? `, and in a search to ${maxCounted} at most` : ''}. (总数)`,
  );
  if (isSearchable) {
    add(
      'totalCountIsMinimum',
      () => Boolean,
      `Whether a search stopped counting: then totalCount is ${maxCounted} and there may be more. False without a search. (总数是否为下限)`,
    );
  }
  if (name === 'Customer') {
    add(
      'changesCursor',
      () => String,
      'Position in the event log just before these rows were read: subscribe to customerFileChanged after it and no change is missed. (变更游标)',
      true,
    );
    Extensions({ text: 'CONTROLLED' })(Connection.prototype, 'changesCursor');
  }
  ObjectType(`${name}Connection`, { description: `A page of a list of ${name} rows. (分页列表)` })(
    Connection,
  );
  Extensions({ access: 'open', isConnection: true })(Connection);
  return Connection;
}

/** By what a row is placed in its list: a JSON array, as a value or still as its text. */
type RowKey = unknown[] | string;

/** What a statement returns for one page. */
export interface RawPage<T> {
  /** One more row than requested if there is a further page. */
  rows: (T & { $key?: RowKey })[] | null;
  total: number | null;
  /** Head of the event log in the statement's snapshot, if requested. */
  head?: { epoch: string; seq: number } | null;
}

/** How a page was requested. */
export interface PageRequest {
  size: number;
  backwards: boolean;
  /** A cursor was given, so there are rows on its other side. */
  fromCursor: boolean;
  /** A text is searched for, so the total is not counted beyond {@link maxCounted}. */
  isSearch?: boolean;
}

/** Whether a total may stand for more. */
export const isMinimum = ({ isSearch = false }: PageRequest, total: number | null): boolean =>
  isSearch && total !== null && total >= maxCounted;

/** A connection as returned by resolvers; its parts are computed only when selected. */
export class Page<T> {
  readonly nodes: T[];
  readonly totalCount: number | null;
  readonly changesCursor: string | null;
  readonly #keys: (RowKey | undefined)[];
  readonly #more: boolean;
  readonly #request: PageRequest;

  constructor(raw: RawPage<T>, request: PageRequest, changesCursor: string | null = null) {
    const found = raw.rows ?? [];
    const rows = found.slice(0, request.size);
    if (request.backwards) rows.reverse();
    this.nodes = rows;
    this.totalCount = raw.total;
    this.changesCursor = changesCursor;
    this.#keys = rows.map((row) => row.$key);
    this.#more = found.length > request.size;
    this.#request = request;
  }

  get edges(): { cursor: string | null; node: T }[] {
    return this.nodes.map((node, index) => ({ node, cursor: encodeCursor(this.#keys[index]) }));
  }

  get totalCountIsMinimum(): boolean {
    return isMinimum(this.#request, this.totalCount);
  }

  get pageInfo(): PageInfo {
    const { backwards, fromCursor } = this.#request;
    return {
      hasNextPage: backwards ? fromCursor : this.#more,
      hasPreviousPage: backwards ? this.#more : fromCursor,
      startCursor: encodeCursor(this.#keys[0]),
      endCursor: encodeCursor(this.#keys.at(-1)),
    };
  }
}

const encodeCursor = (key: RowKey | undefined): string | null =>
  key ? Buffer.from(typeof key === 'string' ? key : JSON.stringify(key)).toString('base64url') : null;
