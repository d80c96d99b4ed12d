import type { Issue } from '../../core/errors.ts';
import { checkText } from '../../core/validation/text.ts';
import { tagStandard } from '../../core/validation/text-standard.ts';

/** Most labels per call. */
export const MOST_LABELS = 50;
/** Most tags on one file. */
export const MOST_TAGS_PER_FILE = 200;
const LONGEST_LABEL = 64;

/** A parsed label: "行业-制造业" has the facet 行业, "高预算" has none. */
export interface TagLabel {
  label: string;
  facet: string | null;
  value: string;
}

/**
 * Parses labels (R70, AC-6). The text before the first hyphen is the facet, if neither side is empty; full-width
 * hyphens and dashes become "-". Labels are stored in half width and simplified letters; labels that differ only in case
 * are the same. The result is sorted by label, so that two writers who create the same tags cannot deadlock.
 *
 * Problems: TAGS_COUNT outside 1 to 50; per label those of checkText, 1 to 64 characters, and TAG_SEMICOLON, which parts
 * the labels of a file where they are listed in one text.
 */
export function checkTagLabels(
  labels: readonly string[],
  path: (string | number)[] = [],
): { values: TagLabel[]; issues: Issue[] } {
  if (labels.length < 1 || labels.length > MOST_LABELS) {
    const message = `Give 1 to ${MOST_LABELS} tags. (标签数须为1至${MOST_LABELS}个。)`;
    return { values: [], issues: [{ path, code: 'TAGS_COUNT', message }] };
  }
  const issues: Issue[] = [];
  const byLabel = new Map<string, TagLabel>();
  for (const [index, text] of labels.entries()) {
    const { value, problem } = checkText(tagStandard.whole(text)[0] as string, {
      min: 1,
      max: LONGEST_LABEL,
    });
    if (problem) issues.push({ path: [...path, index], ...problem });
    else if (value.includes(';')) {
      const message = 'A tag has no semicolon: give several tags instead. (标签不含分号，请分别填写。)';
      issues.push({ path: [...path, index], code: 'TAG_SEMICOLON', message });
    } else {
      const parts = partsOf(value);
      const key = parts.label.toLowerCase();
      if (!byLabel.has(key)) byLabel.set(key, parts);
    }
  }
  return { values: [...byLabel].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, parts]) => parts), issues };
}

function partsOf(label: string): TagLabel {
  const hyphen = label.indexOf('-');
  const facet = label.slice(0, Math.max(hyphen, 0)).trim();
  const value = label.slice(hyphen + 1).trim();
  return facet && value ? { label: `${facet}-${value}`, facet, value } : { label, facet: null, value: label };
}
