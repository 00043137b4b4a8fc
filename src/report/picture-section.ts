import type { Endpoint } from '../analysis/endpoint.ts'
import type { EnvironmentReach } from '../analysis/environment-reach.ts'
import { formatPorts } from '../analysis/port-set.ts'
import type { Reach } from '../analysis/reach.ts'
import { type EdgeFact, type Telling, tellingFacts } from '../analysis/reach-edge.ts'
import { reachBetween } from '../analysis/reach-part.ts'
import type { Guests } from '../analysis/zone-assertions.ts'
import { objectName } from '../manifest/manifest.ts'
import { type EndpointNames, endpointNames } from './endpoint-names.ts'
import { html, type Markup, raw } from './html.ts'
import { type Picture, type PictureNode, picturesOf } from './picture.ts'
import { placed } from './picture-layout.ts'
import { pictureSvg } from './picture-svg.ts'
import { count } from './plural.ts'
import { flowsOf } from './reach-flows.ts'

/** More tenants than these are not drawn: the page would take too long to open. */
const MOST_PICTURES = 40

/** Of more tenants than these, the pictures are folded but for the first. */
const MOST_UNFOLDED = 6

/**
 * One picture for each tenant, with what there is to say of each of its pods below it.
 *
 * @param id begins every id in the section
 */
export function pictureSection(id: string, environment: EnvironmentReach, guests: Guests): readonly Markup[] {
  const pictures = picturesOf(environment.reach, environment.entries, guests)
  const names = endpointNames(environment.reach.pods)
  const drawn = pictures.slice(0, MOST_PICTURES).map((picture, nth) => {
    const drawing = figure(`${id}.${nth}`, picture, environment, names)
    return pictures.length <= MOST_UNFOLDED
      ? drawing
      : html`<details class="tenant"${nth === 0 ? raw(' open') : undefined}><summary>${picture.title}</summary>
${drawing}</details>
`
  })
  const more = pictures.length - MOST_PICTURES
  return more > 0
    ? [...drawn, html`<p class="note">${count(more, 'tenant')} more; "waybill reach" tells of each of them</p>`]
    : drawn
}

function figure(id: string, picture: Picture, environment: EnvironmentReach, names: EndpointNames): Markup {
  const { title, nodes, everybody } = picture
  const own = nodes.filter(({ kind }) => kind === 'own').sort(byFrame)
  const idOf = (node: PictureNode) => (node.kind === 'own' ? `${id}.${node.key}` : undefined)
  const ports = [...new Set(everybody.map(each => each.ports))]
  const all = ports
    .map(on => `${everybody.flatMap(each => (each.ports === on ? [each.title] : [])).join(' and ')} on ${on}`)
    .join(', ')
  return html`<figure aria-labelledby="${id}.title">
<figcaption><h4 id="${id}.title">${title}</h4>
<p>${everybody.length === 0 ? 'Arrows go from who connects to who is connected to.' : `Arrows go from who connects to who is connected to. All pods also reach ${all}.`}</p></figcaption>
<div class="canvas scroll" tabindex="0" role="region" aria-label="Picture of ${title}">
${pictureSvg(id, `Who connects to whom in ${title}`, placed(picture), idOf)}
</div>
<p class="legend">Choose a pod to see who reaches it, and why. A dashed box is named by a policy and is in no manifest; a dashed arrow may or may not be open.</p>
<div class="pods">
${own.map(node => story(idOf(node) ?? '', node, environment, names))}</div>
</figure>
`
}

function byFrame(a: PictureNode, b: PictureNode): number {
  const [one, other] = [a, b].map(({ frame = '', title }) => `${frame}\n${title}`)
  return (one ?? '') < (other ?? '') ? -1 : 1
}

/** Who reaches some pods, whom they reach, how the outside comes to them, and the lines that all of that rests on. */
function story(id: string, node: PictureNode, environment: EnvironmentReach, names: EndpointNames): Markup {
  const { reach, wayIn } = environment
  const inward = flowsOf(reachBetween(reach, undefined, node.members)).flatMap(({ from, flows }) =>
    flows.map(flow => ({ ...flow, from })),
  )
  const outward = flowsOf(reachBetween(reach, node.members, undefined)).flatMap(({ from, flows }) =>
    flows.map(flow => ({ ...flow, from })),
  )
  const lineOf = (who: readonly Endpoint[], flow: (typeof inward)[number]) => {
    const ports = `${flow.certain ? '' : 'perhaps '}on ${formatPorts(flow.ports)}`
    return html`<li><p>${names(who)} <span class="ports">${ports}</span></p>${why(factsOf(flow.from, flow.to, reach))}</li>
`
  }
  const [first] = node.members
  const way = first === undefined ? undefined : wayIn(first)
  const hops = (way?.hops ?? []).map(({ edge, via }) => {
    const through = via === undefined ? '' : ` by ${objectName(via.source.manifest)}`
    return html`<li><p>${names([edge.from])} → ${names([edge.to])}${through}</p>${why(tellingFacts(edge.because))}</li>
`
  })
  const sum = `reached by ${inward.length === 0 ? 'nobody' : inward.length}, reaches ${outward.length === 0 ? 'nobody' : outward.length}`
  return html`<details class="pod">
<summary><span class="name">${node.title}</span><span class="where">${[...new Set(node.members.map(({ namespace }) => namespace))].join(', ')}</span><span class="sum">${sum}</span></summary>
<div class="story" id="${id}">
<h5>Who reaches it</h5>
${inward.length === 0 ? html`<p>Nobody: no policy opens a port to anyone.</p>` : html`<ul>${inward.map(flow => lineOf(flow.from, flow))}</ul>`}
<h5>Whom it reaches</h5>
${outward.length === 0 ? html`<p>Nobody.</p>` : html`<ul>${outward.map(flow => lineOf(flow.to, flow))}</ul>`}
<h5>The way in from outside</h5>
${hops.length === 0 ? html`<p>None: no route, exposed Service or port of a node leads there.</p>` : html`<ul>${hops}</ul>`}
</div>
</details>
`
}

/** The facts of the first pair; addresses that were put together are asked by their first part. */
function factsOf([from]: readonly Endpoint[], to: readonly Endpoint[], reach: Reach): readonly Telling<EdgeFact>[] {
  const target = to.find(each => each !== from) ?? to[0]
  if (from === undefined || target === undefined) return []
  const known = (end: Endpoint): Endpoint => (end.kind === 'range' ? (reach.outside(end.addresses)[0] ?? end) : end)
  return tellingFacts(reach.edge(known(from), known(target)).because)
}

function why(tellings: readonly Telling[]): Markup {
  const lines = tellings.map(({ fact: { message, place }, repeats }) => {
    const more = repeats === 0 ? '' : `, and so ${repeats === 1 ? 'does 1 more policy' : `do ${repeats} more policies`}`
    const at =
      place === undefined
        ? undefined
        : html`<code>${place.source.file}:${place.source.range(place.at).start.line}</code>`
    return html`<li>${message}${more}${at}</li>`
  })
  return html`<ul class="why">${lines}</ul>`
}
