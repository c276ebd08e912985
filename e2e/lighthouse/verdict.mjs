// What a result of Lighthouse has to show, and how it is told.

// floors are the least scores. That of seo holds for pages that search engines may list.
const floors = { performance: 95, accessibility: 100, 'best-practices': 100, seo: 100 };

const points = (category) => Math.round(category.score * 100);

// tell is the result in lines: scores, figures, and every audit below full score.
export function tell(page, lhr) {
  const figure = (id) => lhr.audits[id].displayValue;
  return [
    `${page.path}  ${Object.keys(floors).map((id) => `${id} ${points(lhr.categories[id])}`).join(', ')}`,
    ...(page.indexed ? [] : ['  seo is not judged: the steps are noindex by design, which is checked']),
    `  LCP ${figure('largest-contentful-paint')}, CLS ${figure('cumulative-layout-shift')}, ` +
      `TBT ${figure('total-blocking-time')}, transferred ${lhr.audits['total-byte-weight'].numericValue} bytes`,
    ...Object.values(lhr.audits)
      .filter((audit) => audit.score !== null && audit.score < 1)
      .map((audit) => `  ${audit.score.toFixed(2)} ${audit.title}${audit.displayValue ? ` (${audit.displayValue})` : ''} [${audit.id}]`),
    ...lhr.runWarnings.map((warning) => `  warning: ${warning}`),
  ];
}

// problems is why the result does not do, one sentence each; empty when it does.
export function problems(page, lhr) {
  const found = [];
  const opened = new URL(lhr.finalDisplayedUrl).pathname;
  if (opened !== page.path) found.push(`it leads to ${opened}`);
  for (const [id, floor] of Object.entries(floors)) {
    const low = points(lhr.categories[id]) < floor;
    if (low && (id !== 'seo' || page.indexed)) found.push(`${id} is ${points(lhr.categories[id])}, below ${floor}`);
  }
  const listed = lhr.audits['is-crawlable'].score === 1;
  if (listed !== page.indexed) found.push(`search engines ${listed ? 'may' : 'may not'} list it`);
  for (const audit of Object.values(lhr.audits)) {
    if (audit.scoreDisplayMode === 'error') found.push(`the audit ${audit.id} broke: ${audit.errorMessage}`);
  }
  return found;
}
