import { publishEnum } from '../../core/model/enumeration.ts';

export const NeedDetail = { QUANTITY: 'QUANTITY', BUDGET: 'BUDGET', SPECIFICATION: 'SPECIFICATION' } as const;
export type NeedDetail = (typeof NeedDetail)[keyof typeof NeedDetail];

publishEnum(NeedDetail, 'NeedDetail', 'What a concrete need states. (需求要素)', {
  QUANTITY: 'How many or how much. (数量)',
  BUDGET: 'What it may cost. (预算)',
  SPECIFICATION: 'What it has to be like. (规格要求)',
});
