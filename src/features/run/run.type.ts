import { ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { RunState, run } from '../../core/run/run.table.ts';

publishEnum(RunState, 'RunState', 'How far a run has come. (作业状态)', {
  RUNNING: 'There is still something to be done, or to be tried again. (进行中)',
  DONE: 'All of it has been done. (已完成)',
  FAILED: 'Nothing more is done: some chunks were given up after 24 attempts; see `retryRun`. (失败)',
});

@ObjectType('Run', {
  implements: Node,
  description:
    'Work that recurs: a kind of work, done once for a period. It is cut into chunks, each of which is done and marked in one transaction, by any instance of the server. For managers and administrators. (定期作业)',
})
export class Run extends Node {
  @Attribute({
    column: run.kind,
    access: 'open',
    text: 'CONTROLLED',
    nullable: false,
    description: 'What is done, a fixed name in kebab-case. (作业类型)',
  })
  kind!: string;

  @Attribute({
    column: run.period,
    access: 'open',
    text: 'CONTROLLED',
    nullable: false,
    sortable: true,
    description:
      'What it is done for: a day (2026-11-30), a month (2026-11), or what the kind counts by. (期间)',
  })
  period!: string;

  @Attribute({
    column: run.state,
    access: 'open',
    enumeration: RunState,
    nullable: false,
    description: 'How far it has come. (状态)',
  })
  state!: RunState;

  @Attribute({
    column: run.startedAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When it was begun. (开始时间)',
  })
  startedAt!: string;

  @Attribute({
    column: run.finishedAt,
    access: 'open',
    description: 'When it ended, done or failed; null while it is running. (结束时间)',
  })
  finishedAt!: string | null;

  @Attribute({
    column: run.chunkCount,
    access: 'open',
    description: 'Into how many chunks its work was cut; null until then. (分块数)',
  })
  chunkCount!: number | null;

  @Attribute({
    column: run.chunksDone,
    access: 'open',
    nullable: false,
    description: 'How many of the chunks have been done. (已完成分块数)',
  })
  chunksDone!: number;

  @Attribute({
    column: run.chunksFailed,
    access: 'open',
    nullable: false,
    description: 'How many of the chunks were given up. (失败分块数)',
  })
  chunksFailed!: number;

  @Attribute({
    column: run.itemCount,
    access: 'open',
    nullable: false,
    description: 'What has been done so far, in the unit of the kind: files, employees … (处理数量)',
  })
  itemCount!: number;

  @Attribute({
    column: run.failureCount,
    access: 'open',
    nullable: false,
    description: 'How many attempts at a chunk have failed so far. (失败次数)',
  })
  failureCount!: number;

  @Attribute({
    column: run.lastFailure,
    access: 'open',
    text: 'FREE',
    description:
      'Why the last of them failed, in the words of the program that did, at most 300 characters. (最近失败原因)',
  })
  lastFailure!: string | null;

  @Attribute({
    column: run.lastFailureAt,
    access: 'open',
    description: 'When the last of them failed. (最近失败时间)',
  })
  lastFailureAt!: string | null;
}
