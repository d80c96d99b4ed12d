import { emailStandard, websiteStandard } from '../validation/address-standard.ts';
import { industryStandard } from '../validation/industry-standard.ts';
import { phoneStandard } from '../validation/phone-standard.ts';
import { cityStandard, provinceStandard } from '../validation/place-standard.ts';
import { buildingStandard, floorStandard, roomStandard, unitStandard } from '../validation/premises.ts';
import {
  codeStandard,
  nameStandard,
  plainStandard,
  type TextStandard,
  tagStandard,
} from '../validation/text-standard.ts';

/** The standards by which texts are read before they are compared, by the name under which a field declares its own. */
const standards = {
  PLAIN: plainStandard,
  NAME: nameStandard,
  CODE: codeStandard,
  PHONE: phoneStandard,
  EMAIL: emailStandard,
  WEBSITE: websiteStandard,
  PROVINCE: provinceStandard,
  CITY: cityStandard,
  INDUSTRY: industryStandard,
  TAG: tagStandard,
  BUILDING: buildingStandard,
  UNIT: unitStandard,
  FLOOR: floorStandard,
  ROOM: roomStandard,
} as const satisfies Record<string, TextStandard>;
export type StandardName = keyof typeof standards;

export const standardNamed = (name: StandardName): TextStandard => standards[name];
