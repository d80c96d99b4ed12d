// Writes what the search knows of Chinese letters: `node drizzle/chinese-letters.mjs`, after a change of the packages below.
import { readFileSync, writeFileSync } from 'node:fs';
import { Converter } from 'opencc-js';
import { pinyin } from 'pinyin-pro';

/** Readings that names have, where a letter by itself, or its neighbour, would be read otherwise. */
const letterReadings = { 曾: 'zeng', 翟: 'zhai' };
const pairReadings = { 单县: ['shan', 'xian'], 东阿: ['dong', 'e'] };

const firstLetter = 0x4e00;
const lastLetter = 0x9fff;
const letters = Array.from({ length: lastLetter - firstLetter + 1 }, (_, i) =>
  String.fromCharCode(firstLetter + i),
);
const lineLength = 90;

/** Toneless, with v for ü; empty where the package knows none. */
const readingOf = (letter) =>
  letterReadings[letter] ?? pinyin(letter, { toneType: 'none', v: true, nonZh: 'removed' });
const readings = new Map(letters.map((letter) => [letter, readingOf(letter)]).filter(([, read]) => read));
const syllables = [...new Set(readings.values())].sort();

const simplify = Converter({ from: 't', to: 'cn' });
const simplified = letters
  .map((letter) => [letter, simplify(letter)])
  .filter(([letter, simple]) => letter !== simple && [...simple].length === 1);

/** Words in which a letter is read otherwise than by itself, as pairs of neighbours. */
function readPairs() {
  const pairs = new Map(Object.entries(pairReadings));
  for (const length of [2, 3, 4, 5]) {
    const file = new URL(`data/dict${length}.mjs`, import.meta.resolve('pinyin-pro'));
    const words = readFileSync(file, 'utf8').matchAll(/^\s*['"]?([\u4e00-\u9fff]+)['"]?: ['"]([^'"]+)['"]/gm);
    for (const [, word, spelled] of words) {
      const read = spelled
        .normalize('NFD')
        .replace(/u\u0308/g, 'v')
        .replace(/[\u0300-\u036f]/g, '')
        .split(' ');
      for (let i = 0; i + 1 < word.length; i += 1) {
        const pair = word.slice(i, i + 2);
        const isOther = readings.get(pair[0]) !== read[i] || readings.get(pair[1]) !== read[i + 1];
        if (isOther && read.length === word.length && !pairs.has(pair)) pairs.set(pair, read.slice(i, i + 2));
      }
    }
  }
  return pairs;
}

const cut = (text) => text.match(new RegExp(`.{1,${lineLength}}`, 'gu')).join('\n');
const spaced = (words) => words.join(' ').replace(/(.{80,}?) /g, '$1\n');
const lettersOf = (syllable) => letters.filter((letter) => readings.get(letter) === syllable).join('');

writeFileSync(
  new URL('0008_chinese-letters.sql', import.meta.url),
  `-- How Chinese letters are read, and which of them are simplified to which: what search and order of names go by. In tables of
-- our own because what PostgreSQL has (ICU) differs from version to version, and an order that changes breaks indexes.
--
-- Written by drizzle/chinese-letters.mjs from the packages pinyin-pro and opencc-js. Not by hand.

-- A sound is one letter for one syllable, in the order of the alphabet: the 1st syllable is U+4E00. So a line of sounds is as
-- long as the name, is found by the same indexes, and sorts by pinyin.
create table han_syllable (sound text primary key, pinyin text not null unique);
create table han_letter (letter text primary key, sound text, simplified text);
-- Two neighbours of which one is read otherwise than by itself: 重庆, 银行, 长沙.
create table han_pair (pair text primary key, first text not null, second text not null);

insert into han_syllable
select chr(19967 + place::int), pinyin
from regexp_split_to_table($$${spaced(syllables)}$$, '\\s+') with ordinality syllable (pinyin, place);

-- The letters of each syllable.
insert into han_letter
select letter, sound
from regexp_split_to_table(replace($$${cut(syllables.map(lettersOf).join('|'))}$$, E'\\n', ''), '\\|') with ordinality syllable (letters, place)
join han_syllable on sound = chr(19967 + place::int), string_to_table(letters, null) letter;

-- Traditional letters and variants, each followed by the simplified one.
insert into han_letter
select substr(changed, 1, 1), null, substr(changed, 2, 1)
from regexp_matches(replace($$${cut(simplified.flat().join(''))}$$, E'\\n', ''), '..', 'g') match (found), unnest(found) changed
on conflict (letter) do update set simplified = excluded.simplified;

insert into han_pair
select split_part(reading, ':', 1), one.sound, two.sound
from regexp_split_to_table($$${spaced([...readPairs()].map(([pair, [one, two]]) => `${pair}:${one}:${two}`))}$$, '\\s+') reading
join han_syllable one on one.pinyin = split_part(reading, ':', 2)
join han_syllable two on two.pinyin = split_part(reading, ':', 3);

-- Writes spell_name(): a line as it is kept and searched, and as it sounds. Chinese letters are simplified, spaces beside them are
-- none, and a sound is one letter for each syllable: 重庆 sounds like 虫庆. A line without Chinese letters has no sound.
--
-- The tables are written into it, five bytes for each letter: looking up the letters of a name in them took five times as long. So
-- who changes the tables calls this again.
create function prepare_spelling() returns void language plpgsql as $prepare$
begin
  execute format($create$
create or replace function spell_name(line text, out name text, out sound text) language plpgsql immutable parallel safe as $spell$
declare
  known constant bytea := decode(%1$L, 'base64');
  folded constant text := regexp_replace(search_text(line), '(?<=[\\u4E00-\\u9FFF]) | (?=[\\u4E00-\\u9FFF])', '', 'g');
  letter text;
  place integer;
  own text;
  two text;
  before text := '';
  is_second boolean := false;
  has_sound boolean := false;
begin
  name := folded;
  if (folded ~ '[\\u4E00-\\u9FFF]') is not true then
    return;
  end if;
  name := '';
  sound := '';
  foreach letter in array string_to_array(folded, null) loop
    place := (ascii(letter) - 19968) * 5;
    if place < 0 or place >= length(known) then
      name := name || letter;
      sound := sound || letter;
      before := '';
      is_second := false;
      continue;
    end if;
    own := nullif(get_byte(known, place) * 256 + get_byte(known, place + 1), 0);
    letter := chr(get_byte(known, place + 2) * 65536 + get_byte(known, place + 3) * 256 + get_byte(known, place + 4));
    has_sound := has_sound or own is not null;
    own := coalesce(chr(own::integer), letter);
    -- Of two pairs that share a letter, the first says how it is read.
    two := %2$L::jsonb ->> (before || letter);
    sound := case when two is null then sound || own
                  when is_second then sound || right(two, 1)
                  else left(sound, -1) || two end;
    is_second := two is not null;
    name := name || letter;
    before := letter;
  end loop;
  sound := case when has_sound then sound end;
end
$spell$
$create$,
    (select replace(encode(string_agg(decode(lpad(to_hex(coalesce(ascii(known.sound), 0)), 4, '0')
                                          || lpad(to_hex(coalesce(ascii(known.simplified), n)), 6, '0'), 'hex'), '' order by n), 'base64'),
                    E'\\n', '')
     from generate_series(19968, 40959) n left join han_letter known on known.letter = chr(n)),
    (select jsonb_object_agg(pair, first || second) from han_pair));
end
$prepare$;

select prepare_spelling();

-- The first letters of the syllables of a sound.
create function search_initials(sounds text) returns text language sql immutable parallel safe as $$
  select translate(sounds,
    '${syllables.map((_, place) => String.fromCharCode(firstLetter + place)).join('')}',
    '${syllables.map(([initial]) => initial).join('')}')
$$;
`,
);

const quoted = (lines) => lines.map((line) => `  '${line}'`).join(' +\n');

writeFileSync(
  new URL('../src/core/validation/chinese-letters.ts', import.meta.url),
  `// Written by drizzle/chinese-letters.mjs, with the same in drizzle/0008_chinese-letters.sql. Not by hand.

/** All syllables of Chinese, toneless, with v for ü, in the order of the alphabet. */
export const pinyinSyllables: readonly string[] = (
${quoted(
  spaced(syllables)
    .split('\n')
    .map((line, i, { length }) => (i + 1 < length ? `${line} ` : line)),
)}
).split(' ');

/** Traditional letters and variants, each followed by the simplified one. */
export const simplifiedLetters: string =
${quoted(cut(simplified.flat().join('')).split('\n'))};
`,
);
