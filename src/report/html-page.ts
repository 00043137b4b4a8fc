import { createHash } from 'node:crypto'
import { html, type Markup, raw } from './html.ts'
import { SCRIPT } from './html-script.ts'
import { choiceStyle, STYLE } from './html-style.ts'
import type { Tone } from './html-table.ts'

/** One thing that a reader wants to know before anything else. */
export interface KeyFact {
  readonly name: string
  readonly value: string
  readonly tone: Tone
  /** The id of the section that tells more. */
  readonly section: string
}

export interface PageSection {
  /** `production.budget`: what stands before the point is the name of the part, or "all". */
  readonly id: string
  readonly title: string
  readonly lead: string
  readonly body: readonly Markup[]
}

/** One environment on a page. */
export interface PagePart {
  /** Letters, digits and dashes. */
  readonly name: string
  /** What it is about, in one line. */
  readonly summary: string
  /** Said before everything else, in a box. */
  readonly notice?: string
  readonly facts: readonly KeyFact[]
  readonly sections: readonly PageSection[]
}

export interface Page {
  readonly title: string
  readonly summary: string
  /** Of several, the reader chooses which one to see; of these the one called `chosen` is seen first. */
  readonly parts: readonly PagePart[]
  readonly chosen: string
  /** What is about all parts together. */
  readonly common: readonly PageSection[]
  readonly footer: string
}

/**
 * A page that is whole in itself: style and script are in it, nothing else is ever loaded, and the page itself forbids it. The script
 * adds to what the page does without it: parts are chosen by the style sheet, and every pod is a link to what is said of it.
 */
export function page({ title, summary, parts, chosen, common, footer }: Page): string {
  const style = parts.length > 1 ? STYLE + choiceStyle(parts.length) : STYLE
  const policy = `default-src 'none'; style-src '${digest(style)}'; script-src '${digest(SCRIPT)}'; base-uri 'none'; form-action 'none'`
  const [only] = parts
  const subject = parts.length === 1 ? `${title} ${only?.name}` : title
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${subject}</title>
<style>${raw(style)}</style>
</head>
<body>
<a class="skip" href="#all.content">Skip to the content</a>
<header>
<h1>${title}</h1>
<p class="summary">${summary}</p>
${parts.length > 1 ? choice(parts, chosen) : undefined}</header>
<main id="all.content" tabindex="-1">
${parts.map((part, nth) => partMarkup(part, nth, common))}<div class="common">
<h2>All environments</h2>
${common.map(sectionMarkup)}</div>
</main>
<footer><p>${footer}</p></footer>
<script>${raw(SCRIPT)}</script>
</body>
</html>
`.markup
}

/** Radio buttons: the arrow keys choose, and the style sheet shows what is chosen. */
function choice(parts: readonly PagePart[], chosen: string): Markup {
  return html`<fieldset class="choice"><legend>Environment</legend>
${parts.map(
  (
    { name },
    nth,
  ) => html`<label><input type="radio" name="part" value="${nth}"${name === chosen ? raw(' checked') : undefined}><span>${name}</span></label>
`,
)}</fieldset>
`
}

function partMarkup(part: PagePart, nth: number, common: readonly PageSection[]): Markup {
  const { name, summary, notice, facts, sections } = part
  return html`<div class="part" id="${name}" data-part="${nth}">
<h2>${name}</h2>
<p class="summary">${summary}</p>
${notice === undefined ? undefined : html`<p class="notice">${notice}</p>`}
<ul class="facts">
${facts.map(
  ({
    name: fact,
    value,
    tone,
    section,
  }) => html`<li><a href="#${section}"><span class="name">${fact}</span><span class="value ${tone}">${value}</span></a></li>
`,
)}</ul>
<nav aria-label="Sections of ${name}"><ul>
${[...sections, ...common].map(
  section => html`<li><a href="#${section.id}">${section.title}</a></li>
`,
)}</ul></nav>
${sections.map(sectionMarkup)}</div>
`
}

function sectionMarkup({ id, title, lead, body }: PageSection): Markup {
  return html`<section id="${id}" aria-labelledby="${id}.title">
<h3 id="${id}.title">${title}</h3>
<p class="lead">${lead}</p>
${body}</section>
`
}

/** What a content security policy calls a text that it lets in. */
function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
