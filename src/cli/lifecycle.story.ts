import { offsetMs } from '../core/time/zone.ts';
import { Unexpected } from './lifecycle.client.ts';
import { type PersonName, timeZone, type World } from './lifecycle.world.ts';

/** What the steps of the story know of each other. */
export interface Scene {
  world: World;
  /** The word of the story’s language. */
  say: (zh: string, en: string) => string;
  /** What steps leave to later ones: ids, and what was shown. */
  kept: Map<string, string>;
}

/** One step of the life of a file. */
export interface Step {
  /** Stable: by it the program says where the story broke off. */
  name: string;
  /** Who acts: somebody of the company, the customer, or nobody but time. */
  who: PersonName | 'customer' | 'time';
  zh: string;
  en: string;
  /** Acts, and returns what came back. Throws where that is not what the story expects. */
  act: (scene: Scene) => Promise<string[]>;
}

/** That the story broke off, and where. */
export class StepFailed extends Error {
  readonly step: string;
  constructor(step: string, cause: unknown) {
    super(`${step}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.step = step;
  }
}

/** What an earlier step has left. */
export function keptOf({ kept }: Scene, key: string): string {
  const value = kept.get(key);
  if (value === undefined) throw new Unexpected(`no earlier step has left ${key}`);
  return value;
}

/** Throws unless what came back is what the story expects. */
export function expectThat(isSo: boolean, what: string): void {
  if (!isSo) throw new Unexpected(what);
}

const chineseWords: Readonly<Record<string, string>> = {
  ...{
    DRAFT: '草稿',
    SUBMITTED: '已提交',
    VERIFIED: '已审核',
    CONFIRMED: '客户已确认',
    DISPUTED: '客户有异议',
  },
  ...{
    POTENTIAL: '潜在',
    INTENT: '意向',
    WON: '成交',
    REGISTER: '工商登记',
    DOCUMENT: '证件',
    PHONE: '电话',
  },
  ...{ RECALLED: '已收回', DONE: '已完成', RULE: '按规则' },
};

/** A line with the values of enumerations that are in it in Chinese. */
const inChinese = (line: string): string =>
  line.replace(/\b[A-Z]{3,}\b/g, (code) => chineseWords[code] ?? code);

/** An instant as the clock on the organisation’s wall shows it, to the minute. */
export function onTheWall(at: Date | string): string {
  const ms = new Date(at).getTime();
  return new Date(ms + offsetMs(timeZone, ms)).toISOString().slice(0, 16).replace('T', ' ');
}

/** Plays steps one after another, and prints each with who acted, when, and what came back. Throws {@link StepFailed}. */
export async function play(
  world: World,
  steps: readonly Step[],
  print: (line: string) => void,
): Promise<void> {
  const isChinese = world.language === 'zh';
  const scene: Scene = { world, say: (zh, en) => (isChinese ? zh : en), kept: new Map() };
  const nameOf = (who: Step['who']) => {
    if (who === 'customer') return scene.say('客户', 'The customer');
    if (who === 'time') return scene.say('时间推移', 'Time passes');
    return world.as(who).name;
  };
  for (const [place, step] of steps.entries()) {
    const { name, who, zh, en, act } = step;
    try {
      const lines = await act(scene);
      const at = onTheWall(world.clock.now());
      print(
        `${String(place + 1).padStart(2)}. ${at}  ${nameOf(who)}${scene.say('：', ': ')}${scene.say(zh, en)}  [${name}]`,
      );
      for (const line of lines) print(`      → ${isChinese ? inChinese(line) : line}`);
    } catch (error) {
      throw new StepFailed(name, error);
    }
  }
}
