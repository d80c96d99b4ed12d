import chineseDays from 'chinese-days';
import type { DayBasis } from './calendar.table.ts';

// A CommonJS package, of which Node finds no names.
const { getDayDetail, getSolarDateFromLunar, getSolarTermDate } = chineseDays;

/** A day that differs from an ordinary week, Monday to Friday. */
export interface Holiday {
  date: string;
  working: boolean;
  basis: DayBasis;
  name: string;
}

const dayMs = 86_400_000;
const dateAt = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/**
 * The public holidays of mainland China and the weekends worked in exchange (调休). A year that the State Council has
 * announced is OFFICIAL; of any other the holidays that the law fixes are PROVISIONAL, without exchanged days.
 */
export function holidaysOf(year: number): Holiday[] {
  const announced = announcedIn(year);
  // The package has no year without holidays: it answers by weekday alone where it has no announcement.
  return announced.length > 0 ? announced : legalHolidaysOf(year);
}

function announcedIn(year: number): Holiday[] {
  const days: Holiday[] = [];
  for (let ms = Date.UTC(year, 0, 1); ms < Date.UTC(year + 1, 0, 1); ms += dayMs) {
    const date = dateAt(ms);
    const { work, name } = getDayDetail(date);
    // "Spring Festival,春节,4"; "Monday" for an ordinary day. A holiday's weekend is off for who works on weekends too.
    const [, chinese] = name.split(',');
    if (chinese !== undefined) days.push({ date, working: work, basis: 'OFFICIAL', name: chinese });
  }
  return days;
}

/** 全国年节及纪念日放假办法 as of 2025: thirteen days. */
function legalHolidaysOf(year: number): Holiday[] {
  const newYear = Date.parse(getSolarDateFromLunar(`${year}-01-01`).date);
  const days: [name: string, date: string][] = [
    ['元旦', `${year}-01-01`],
    ...[-1, 0, 1, 2].map((offset): [string, string] => ['春节', dateAt(newYear + offset * dayMs)]),
    ['清明', getSolarTermDate(year, 4, 'pure_brightness')],
    ['劳动节', `${year}-05-01`],
    ['劳动节', `${year}-05-02`],
    ['端午', getSolarDateFromLunar(`${year}-05-05`).date],
    ['中秋', getSolarDateFromLunar(`${year}-08-15`).date],
    ...[1, 2, 3].map((day): [string, string] => ['国庆节', `${year}-10-0${day}`]),
  ];
  return days.map(([name, date]) => ({ name, date, working: false, basis: 'PROVISIONAL' }));
}
