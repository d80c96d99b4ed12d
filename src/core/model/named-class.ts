/** An empty class of this name, to which type-graphql's decorators add the fields of a generated type. */
export const namedClass = (name: string): (new () => object) =>
  ({ [name]: class {} })[name] as new () => object;
