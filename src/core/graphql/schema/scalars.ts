import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { checkDate, checkInstant, instantText } from '../../validation/date.ts';

// Inside the server each of these is the string that clients see, so rows, filters and saved rules need no conversion,
// and an amount never passes through a float.

const refuse = (type: string, expected: string, value: unknown): GraphQLError =>
  new GraphQLError(`${type} must be ${expected}, got ${JSON.stringify(value)?.slice(0, 60)}.`, {
    extensions: { code: 'BAD_USER_INPUT' },
  });

const isPlainDate = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && checkDate(value).problem === undefined;

const stringScalar = (config: {
  name: string;
  description: string;
  specifiedByURL: string;
  parse: (value: unknown) => string;
  serialize?: (value: unknown) => string;
  numbers?: boolean;
}): GraphQLScalarType =>
  new GraphQLScalarType({
    name: config.name,
    description: config.description,
    specifiedByURL: config.specifiedByURL,
    serialize: config.serialize ?? ((value) => value as string),
    parseValue: config.parse,
    parseLiteral: (node: ValueNode) => {
      if (node.kind === Kind.STRING) return config.parse(node.value);
      // The literal's digits, not a float parsed from them.
      if (config.numbers && (node.kind === Kind.INT || node.kind === Kind.FLOAT))
        return config.parse(node.value);
      throw refuse(config.name, 'a string', node.kind);
    },
  });

const decimalPattern = /^-?\d{1,20}(\.\d{1,10})?$/;

export const DecimalScalar = stringScalar({
  name: 'Decimal',
  description:
    'An exact decimal number as a string, such as "500000.00": up to 20 digits before the point and 10 after, no exponent. (精确小数)',
  specifiedByURL: 'https://www.w3.org/TR/xmlschema-2/#decimal',
  numbers: true,
  parse: (value) => {
    const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
    if (typeof text === 'string' && decimalPattern.test(text)) return text;
    throw refuse('Decimal', 'a plain decimal number as a string, such as "500000.00"', value);
  },
});

export const DateTimeScalar = stringScalar({
  name: 'DateTime',
  description:
    'An instant in RFC 3339 form, such as "2024-03-15T06:30:00.000Z". Any offset is accepted; results are in UTC, to the millisecond. Conditions on instants also take a plain date, "2024-03-15", for that day in the organisation’s time zone; elsewhere it is refused. (时间点)',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  parse: (value) => {
    if (isPlainDate(value)) return value;
    const checked = typeof value === 'string' ? checkInstant(value) : undefined;
    if (checked?.value !== undefined) return checked.value;
    throw refuse(
      'DateTime',
      'an RFC 3339 instant with an offset, such as "2024-03-15T14:30:00+08:00"',
      value,
    );
  },
  serialize: (value) => instantText(value as string),
});

export const DateScalar = stringScalar({
  name: 'Date',
  description: 'A calendar date in ISO 8601 form, such as "2024-03-15". (日期)',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/local-date.html',
  parse: (value) => {
    if (isPlainDate(value)) return value;
    throw refuse('Date', 'a calendar date such as "2024-03-15"', value);
  },
});

const durationPattern =
  /^P(?=\d|T\d)(\d{1,4}Y)?(\d{1,4}M)?(\d{1,4}W)?(\d{1,5}D)?(T(?=\d)(\d{1,5}H)?(\d{1,6}M)?(\d{1,7}S)?)?$/;

export const DurationScalar = stringScalar({
  name: 'Duration',
  description:
    'A span of calendar time in ISO 8601 form, such as "P6M" (six months) or "PT24H"; whole numbers only. Months and years follow the calendar, month ends are clamped. (时长)',
  specifiedByURL: 'https://www.iso.org/standard/70907.html',
  parse: (value) => {
    if (typeof value === 'string' && durationPattern.test(value)) return value;
    throw refuse('Duration', 'an ISO 8601 duration such as "P6M"', value);
  },
});

export const JsonScalar = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any JSON value. (JSON 值)',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
});
