import type { ContactRole, contact } from '../../domains/contact/contact.table.ts';
import type { DrawnCustomer } from './customer.generator.ts';
import { phoneChange } from './fixtures.ts';
import { type DrawnPerson, drawLandline, drawMobile, drawPerson } from './name.generator.ts';
import type { Random } from './random.ts';

export type DrawnContact = typeof contact.$inferInsert & {
  id: string;
  name: string;
  createdAt: string;
};

const positions: readonly {
  title: string;
  department: string;
  role: ContactRole;
}[] = [
  { title: '采购总监', department: '采购部', role: 'BUYER' },
  { title: '采购经理', department: '采购部', role: 'BUYER' },
  { title: '总经理', department: '总经办', role: 'DECISION_MAKER' },
  { title: '副总经理', department: '总经办', role: 'DECISION_MAKER' },
  { title: '技术总监', department: '技术部', role: 'INFLUENCER' },
  { title: '财务经理', department: '财务部', role: 'INFLUENCER' },
  { title: '设备主管', department: '设备部', role: 'USER' },
  { title: '信息中心主任', department: '信息中心', role: 'USER' },
  { title: '行政主管', department: '行政部', role: 'EXTERNAL_LIAISON' },
];
const preferences = [
  '喜欢喝龙井茶',
  '偏好上午通话',
  '爱好羽毛球',
  '不饮酒',
  '喜欢清淡口味',
  '偏好微信沟通',
  '关注行业展会',
];
const households = ['三口之家', '四口之家', '夫妻二人', '三代同住', '单身'];

/** One to four people per file, the first of them primary. */
export const drawContacts = (random: Random, customer: DrawnCustomer): DrawnContact[] => {
  const count =
    customer.person || customer.landmark ? 1 : Number(random.weigh({ '1': 30, '2': 38, '3': 22, '4': 10 }));
  const first = {
    ...drawContact(random, customer, 0, customer.person ?? drawPerson(random)),
    isPrimary: true,
  };
  const others = Array.from({ length: count - 1 }, (_, index) =>
    drawContact(random, customer, index + 1, drawPerson(random)),
  );
  return [{ ...first, ...landmarkContact(customer) }, ...others];
};

function drawContact(
  random: Random,
  customer: DrawnCustomer,
  index: number,
  person: DrawnPerson,
): DrawnContact {
  const { row, place, latin } = customer;
  // Further contacts are added in the file's first months.
  const createdAt =
    index === 0
      ? row.createdAt
      : random.daysAgo(Math.max(0, random.ageDays(row.createdAt) - random.whole(1, 90)));
  const mailbox = `${person.surname.latin}${index === 0 ? '' : index + 1}`;
  const isPrivate = customer.person !== null;
  return {
    id: random.id(createdAt),
    customerId: row.id,
    name: person.name,
    ...(isPrivate ? {} : random.pick(positions)),
    phone: !isPrivate && random.chance(60) ? drawLandline(random, place) : null,
    mobile: random.chance(92) ? drawMobile(random, place) : null,
    email: random.chance(70)
      ? isPrivate
        ? `${latin}.${random.faker.string.numeric(4)}@mail.example`
        : `${mailbox}@${latin}.example`
      : null,
    wechat: random.chance(35) ? `wx_${latin}_${mailbox}` : null,
    birthday: random.chance(70)
      ? random.faker.date.birthdate({ mode: 'age', min: 24, max: 62 }).toISOString().slice(0, 10)
      : null,
    gender: person.gender,
    household: isPrivate && random.chance(70) ? random.pick(households) : null,
    preferences: random.chance(25) ? random.pick(preferences) : null,
    isPrimary: false,
    createdAt,
    updatedAt: createdAt,
  };
}

function landmarkContact({ landmark }: DrawnCustomer): Partial<DrawnContact> {
  if (landmark === 'intake') {
    return {
      name: '王经理',
      title: '采购总监',
      department: '采购部',
      role: 'BUYER',
    };
  }
  if (landmark === 'phoneHistory') {
    const { contactName: name, after: phone, occurredAt: updatedAt } = phoneChange;
    return {
      name,
      phone,
      version: 2,
      updatedAt,
      title: '采购经理',
      department: '采购部',
      role: 'BUYER',
      gender: 'MALE',
    };
  }
  return {};
}
