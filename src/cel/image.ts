import { fault } from './fault.ts'
import type { Library, ValueType } from './library.ts'
import type { Comparable, Value } from './value.ts'

const DEFAULT_REGISTRY = 'index.docker.io'

/** An image reference; with a digest it has no tag, since the digest alone decides. */
class Image implements Comparable {
  readonly text: string
  readonly registry: string
  readonly repository: string
  readonly tag: string
  readonly digest: string
  constructor(text: string, registry: string, repository: string, tag: string, digest: string) {
    this.text = text
    this.registry = registry
    this.repository = repository
    this.tag = tag
    this.digest = digest
  }
  equals(other: Value): boolean {
    return other instanceof Image && other.text === this.text
  }
}

const FORM = /^([^@]+?)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/
const REGISTRY = /^[A-Za-z0-9.-]+(:\d+)?$/
const REPOSITORY = /^[a-z0-9_\-./]{2,255}$/

function parse(text: string): Image | undefined {
  const match = FORM.exec(text)
  if (match === null) return undefined
  const [, name = '', tag, digest = ''] = match
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(slash, 0))
  const named = /[.:]/.test(first) || first === 'localhost'
  const registry = named ? first : DEFAULT_REGISTRY
  const path = named ? name.slice(slash + 1) : name
  if (!REGISTRY.test(registry) || !REPOSITORY.test(path) || path.split('/').includes('')) return undefined
  const repository = registry === DEFAULT_REGISTRY && !path.includes('/') ? `library/${path}` : path
  return new Image(text, registry, repository, digest === '' ? (tag ?? 'latest') : '', digest)
}

function image(text: string): Image {
  const parsed = parse(text)
  if (parsed === undefined) throw fault(`could not parse reference: ${text}`)
  return parsed
}

export const IMAGE_TYPES: readonly ValueType[] = [{ name: 'kubernetes.Image', ctor: Image }]

const I = 'kubernetes.Image'

export const IMAGES: Library = {
  [`image(string): ${I}`]: image,
  'isImage(string): bool': (text: string) => parse(text) !== undefined,
  [`${I}.containsDigest(): bool`]: (of: Image) => of.digest !== '',
  [`${I}.registry(): string`]: (of: Image) => of.registry,
  [`${I}.repository(): string`]: (of: Image) => of.repository,
  [`${I}.identifier(): string`]: (of: Image) => (of.digest === '' ? of.tag : of.digest),
  [`${I}.tag(): string`]: (of: Image) => of.tag,
  [`${I}.digest(): string`]: (of: Image) => of.digest,
}
