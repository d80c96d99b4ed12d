import { administrator } from './administrator.ts';
import { analyst } from './analyst.ts';
import { dashboard } from './dashboard.ts';
import type { ExampleGroup } from './example.ts';
import { manager } from './management.ts';
import { sales } from './sales.ts';

export type { Example, ExampleGroup } from './example.ts';

export const exampleGroups: ExampleGroup[] = [dashboard, sales, manager, analyst, administrator];
