/** One style sheet for phones, desks and paper, by day and by night. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ground: #f6f7f8; --ink: #1b2126; --soft: #59636d; --line: #dfe3e7; --accent: #0b5cad;
  --good: #1a6b3c; --bad: #b3261e; --warn: #8a5a00; --bad-ground: #fdecea;
  --app: #eef4fc; --app-line: #c3d6ee; --data: #f3f0fb; --data-line: #d3c9ee; --other: #f3f4f5; --other-line: #d9dde1;
  --edge: #97a3ae;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16191d; --ground: #1e2328; --ink: #e7eaed; --soft: #a2abb4; --line: #333a41; --accent: #7db8f5;
    --good: #7fcf9b; --bad: #ff9c92; --warn: #e8c06a; --bad-ground: #3a1f1d;
    --app: #1a2531; --app-line: #33485e; --data: #231f33; --data-line: #463d66; --other: #20252a; --other-line: #3a4249;
    --edge: #66717c;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0; padding: 0 max(1rem, calc((100vw - 80rem) / 2)) 3rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: break-word;
}
a { color: var(--accent); text-underline-offset: .18em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .25rem .75rem; }
header { padding-top: 2.5rem; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; }
h2 { margin: 0; font-size: 1.55rem; line-height: 1.25; font-weight: 650; letter-spacing: -.012em; }
h3 { margin: 0; font-size: 1.25rem; font-weight: 650; letter-spacing: -.01em; }
h4 { margin: 0; font-size: 1.02rem; font-weight: 650; }
h5 { margin: 1.1rem 0 .35rem; font-size: .85rem; font-weight: 600; color: var(--soft); }
.part { padding-top: 1.75rem; }
.common { margin-top: 4.5rem; padding-top: 2.25rem; border-top: 1px solid var(--line); }
.common > h2 + section { padding-top: 1.5rem; }
.choice { display: inline-flex; flex-wrap: wrap; margin: 1.4rem 0 0; padding: 0; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.choice legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.choice label { position: relative; cursor: pointer; }
.choice label + label { border-left: 1px solid var(--line); }
.choice input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.choice span { display: block; padding: .55rem 1.15rem; color: var(--soft); font-size: .95rem; }
.choice input:checked + span { background: var(--accent); color: var(--paper); font-weight: 600; }
.choice label:hover input:not(:checked) + span { background: var(--ground); color: var(--ink); }
.choice input:focus-visible + span { outline: 2px solid var(--ink); outline-offset: -4px; border-radius: 6px; }
section { padding-top: 3rem; }
.lead { margin: .3rem 0 1.4rem; max-width: 46rem; color: var(--soft); }
.summary { margin: .35rem 0 0; color: var(--soft); }
.notice { margin: 1.1rem 0 0; padding: .6rem .9rem; border-left: 3px solid var(--warn); background: var(--ground); max-width: 46rem; }
.facts { list-style: none; margin: 1.75rem 0 0; padding: 0; display: grid; gap: 1px; grid-template-columns: repeat(6, 1fr); background: var(--line); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.facts li { background: var(--paper); }
.facts a { display: block; height: 100%; padding: .75rem 1rem .8rem; color: inherit; text-decoration: none; }
.facts a:hover { background: var(--ground); }
.facts a:focus-visible { outline-offset: -3px; }
.facts .name { display: block; font-size: .8rem; color: var(--soft); }
.facts .value { display: block; font-weight: 600; }
nav ul { list-style: none; margin: 1.1rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.4rem; font-size: .92rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); } .quiet { color: var(--soft); }
.scroll { overflow-x: auto; }
figure { margin: 0 0 2.5rem; }
figcaption h4 { font-size: 1.12rem; }
figcaption p { margin: .15rem 0 .9rem; color: var(--soft); font-size: .92rem; max-width: 60rem; }
.canvas { border: 1px solid var(--line); border-radius: 8px; background: var(--paper); padding: .5rem; }
svg.picture { display: block; margin: 0 auto; max-width: 100%; height: auto; font: 600 13px/1 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
svg.picture.broad { min-width: 65rem; }
.frame rect { fill: var(--other); stroke: var(--other-line); }
.frame.app rect { fill: var(--app); stroke: var(--app-line); }
.frame.data rect { fill: var(--data); stroke: var(--data-line); }
.frame text { fill: var(--soft); font-size: 11.5px; font-weight: 500; }
.node rect { fill: var(--paper); stroke: var(--edge); stroke-width: 1.2; }
.node .title { fill: var(--ink); }
.node .note { fill: var(--soft); font-size: 11.5px; font-weight: 400; }
.node.stranger rect { stroke-dasharray: 4 3; }
.node.stranger .title, .node.outside .title, .node.hosts .title { font-weight: 500; }
.node.outside rect, .node.hosts rect { fill: var(--ground); }
.node.trespasser rect { stroke: var(--bad); fill: var(--bad-ground); }
a.node { cursor: pointer; outline: none; }
a.node:hover rect { stroke: var(--accent); }
a.node:focus-visible rect, .node.chosen rect { stroke: var(--accent); stroke-width: 2.4; }
.edge { fill: none; stroke: var(--edge); stroke-width: 1.2; }
.edge.unknown { stroke-dasharray: 5 4; }
.tip { fill: var(--edge); }
.pointed .edge:not(.near) { opacity: .16; }
.pointed .edge.near { stroke: var(--accent); stroke-width: 1.8; }
.pointed .node:not(.near) { opacity: .45; }
.legend { margin: .6rem 0 0; font-size: .85rem; color: var(--soft); }
.pods { margin-top: .9rem; border-top: 1px solid var(--line); }
.pod { border-bottom: 1px solid var(--line); }
.tenant { border-bottom: 1px solid var(--line); }
.tenant > summary { padding: .6rem .25rem; cursor: pointer; font-weight: 600; }
.tenant > figure { margin-top: .5rem; }
.tenant figcaption h4 { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.pod > summary { display: flex; flex-wrap: wrap; gap: 0 .9rem; align-items: baseline; padding: .5rem .25rem; cursor: pointer; }
.pod > summary::before { content: "+"; color: var(--soft); width: .7rem; }
.pod[open] > summary::before { content: "\\2212"; }
.pod > summary::-webkit-details-marker { display: none; }
.pod .name { font-weight: 600; }
.pod .where, .pod .sum { color: var(--soft); font-size: .88rem; }
.pod .sum { margin-left: auto; }
.story { padding: 0 .25rem 1.1rem 1.6rem; }
.story h5:first-child { margin-top: .2rem; }
.story ul { list-style: none; margin: 0; padding: 0; }
.story > ul > li { padding: .45rem 0; border-top: 1px dotted var(--line); }
.story > ul > li:first-child { border-top: 0; }
.story p { margin: 0; }
.ports { font-variant-numeric: tabular-nums; font-weight: 600; white-space: nowrap; }
.why { margin: .15rem 0 0 !important; font-size: .85rem; color: var(--soft); }
code { font: .88em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.why code { display: block; }
.table { margin-bottom: 2.25rem; }
.note { margin: .15rem 0 0; color: var(--soft); font-size: .92rem; max-width: 46rem; }
.empty { margin: .5rem 0 0; color: var(--soft); }
table { border-collapse: collapse; width: 100%; margin-top: .7rem; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .42rem 1.1rem .42rem 0; border-bottom: 1px solid var(--line); }
thead th { font-size: .8rem; font-weight: 500; color: var(--soft); white-space: nowrap; }
tbody th { font-weight: 500; }
tbody tr:last-child > * { border-bottom: 0; }
.number { text-align: right; white-space: nowrap; }
th:last-child, td:last-child { padding-right: .25rem; }
.finding { padding: 1.1rem 0 1.2rem; border-top: 1px solid var(--line); }
.finding:first-of-type { border-top: 0; padding-top: 0; }
.finding h4 { font-weight: 600; max-width: 62rem; }
.finding .meta { margin: .15rem 0 0; font-size: .88rem; color: var(--soft); }
.finding .fix { margin: .5rem 0 0; }
.severity { font-size: .78rem; font-weight: 600; padding-right: .5rem; }
pre { margin: .6rem 0 0; padding: .6rem .8rem; background: var(--ground); border-radius: 6px; overflow-x: auto; font: .82rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .85rem; }
@media (max-width: 64rem) {
  .facts { grid-template-columns: repeat(3, 1fr); }
  thead th { white-space: normal; }
  th, td { padding-right: .8rem; }
}
@media (max-width: 40rem) {
  header { padding-top: 1.5rem; }
  h1 { font-size: 1.5rem; }
  h2 { font-size: 1.3rem; }
  section { padding-top: 2.5rem; }
  .facts { grid-template-columns: 1fr 1fr; }
  svg.picture, svg.picture.broad { max-width: none; min-width: 0; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tbody tr, tbody th, tbody td, tbody td.number { display: block; padding: 0; border: 0; text-align: left; }
  tbody tr { padding: .7rem 0; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; }
  tbody th { font-weight: 600; overflow-wrap: anywhere; }
  tbody td, tbody td.number { display: grid; grid-template-columns: 8.5rem 1fr; gap: .75rem; padding-top: .15rem; white-space: normal; overflow-wrap: anywhere; }
  tbody td::before { content: attr(data-label); color: var(--soft); }
  tbody td:empty { display: none; }
  .story { padding-left: .25rem; }
  .pod > summary { display: grid; grid-template-columns: .9rem 1fr; }
  .pod > summary > span.name, .pod > summary > span.where, .pod > summary > span.sum { grid-column: 2; margin-left: 0; }
}
@media (prefers-reduced-motion: no-preference) {
  .edge, .node { transition: opacity .12s; }
}
@media print {
  nav, .skip, .choice { display: none; }
  body { padding: 0; font-size: 10pt; }
  .canvas, .scroll { overflow: visible; }
  svg.picture, svg.picture.broad { max-width: 100%; min-width: 0; height: auto; }
  section, figure, tr, .finding { break-inside: avoid; }
}
`

/**
 * Of several parts, the one that is chosen. Without `:has`, and on paper, all of them are seen.
 *
 * @param parts at least 2
 */
export function choiceStyle(parts: number): string {
  const hidden = Array.from(
    { length: parts },
    (_, nth) => `body:has(.choice input[value="${nth}"]:checked) .part:not([data-part="${nth}"])`,
  )
  return `@media screen { ${hidden.join(', ')} { display: none; } }
@supports not selector(:has(a)) { .choice { display: none; } }
`
}
