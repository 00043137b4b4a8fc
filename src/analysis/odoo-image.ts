import { parseImage } from '../manifest/image.ts'
import type { ContainerEnvironment } from './container-environment.ts'
import { type ImageStyle, ODOO_IMAGES, type OdooImage } from './data/odoo-images.ts'

/** What the image of a container, and the variables that it gets, tell about the Odoo in it. */
export interface ImageTraits {
  readonly style: ImageStyle
  /** Whether it is the published image itself, of which everything is known, and not one that was built on it. */
  readonly published: boolean
  /** `certain`: by its name alone. `possible`: Odoo is part of a longer name. */
  readonly odoo: 'certain' | 'possible' | 'unlikely'
  /** The first number of the series: 18 of `18.0`. */
  readonly series: number | undefined
}

const STYLES = Object.entries(ODOO_IMAGES) as readonly [keyof typeof ODOO_IMAGES, OdooImage][]

export function imageTraits(reference: string, environment: ContainerEnvironment): ImageTraits {
  const { repository, tag } = parseImage(reference)
  const path = withoutRegistry(repository)
  const name = path.slice(path.lastIndexOf('/') + 1)
  const published = STYLES.find(([, image]) => image.repository.test(path))?.[0]
  const hinted = STYLES.find(([, { hints }]) =>
    hints.some(names => names.every(variable => environment.get(variable) !== undefined)),
  )?.[0]
  const isCertain = published !== undefined || /^odoo\d*$/.test(name)
  return {
    style: published ?? hinted ?? 'plain',
    published: published !== undefined,
    odoo: isCertain ? 'certain' : name.split(/[-_.]/).some(word => /^odoo\d*$/.test(word)) ? 'possible' : 'unlikely',
    series:
      seriesOf(environment.get('ODOO_VERSION')?.value) ?? seriesOf(tag) ?? seriesOf(/^odoo-?(\d{2})$/.exec(name)?.[1]),
  }
}

/** The first part is a registry when it could be no folder of one: it has a dot or a port, or is `localhost`. */
function withoutRegistry(repository: string): string {
  const [first = '', ...rest] = repository.split('/')
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? rest.join('/') : repository
}

/** `18.0`, `18`, `18.0-20260723`, `v17.0.4.2`, `saas-18.2`; not `15.2.0`, which is somebody's own numbering. */
const SERIES = /^(?:v?(1[0-9]|2[0-9])(?:\.0(?![0-9])(?:[-_.+].*)?|[-_+].*)?|saas[-~](\d{2})\.\d)$/

function seriesOf(text: string | undefined): number | undefined {
  const [, plain, saas] = SERIES.exec(text ?? '') ?? []
  const major = plain ?? saas
  return major === undefined ? undefined : Number(major)
}
