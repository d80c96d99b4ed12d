import { Field, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { RobotKind } from './team-robot.table.ts';

publishEnum(RobotKind, 'RobotKind', 'The app in whose group a robot posts. (群机器人类型)', {
  WECOM: 'WeCom. (企业微信)',
  DINGTALK: 'DingTalk. (钉钉)',
  FEISHU: 'Feishu or Lark. (飞书)',
});

@ObjectType({
  description:
    'The robot in a team’s group. On the morning of working days (`Settings.digestAt`) it posts how many tasks of the team and its members are due or overdue, without titles and customers. Its address and secret are passwords and are not shown. For managers and administrators. (群机器人)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class TeamRobot {
  @Field(() => RobotKind, { description: 'The app, by the address. (类型)' })
  kind!: RobotKind;

  @Field(() => String, {
    description: 'The last four characters of its address, to recognise it by. (地址末四位)',
  })
  @Extensions({ text: 'CONTROLLED' })
  keyEnding!: string;

  @Field(() => DateTimeScalar, { description: 'When it was set. (设置时间)' })
  setAt!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was last tried to post since then; null if never. (最近发送时间)',
  })
  lastAttemptAt!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Why that failed, in the app’s words, at most 300 characters; null if it did not. (最近失败原因)',
  })
  @Extensions({ text: 'FREE' })
  lastFailure!: string | null;
}
