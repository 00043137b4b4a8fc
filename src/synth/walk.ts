import { ApiObject } from 'cdk8s'
import type { IConstruct } from 'constructs'
import { DECIDED_BY, type DecidedBy } from '../../charts/object.ts'
import type { Manifest } from '../manifest/manifest.ts'

/** A manifest as a construct made it. */
export interface Made {
  readonly manifest: Manifest
  /** The path of the construct, for messages. */
  readonly construct: string
  readonly decidedBy: DecidedBy
}

/**
 * Every object below a construct, in construct order, in one pass.
 *
 * `App.synth` would walk the whole app once for each chart and sort by dependencies that nobody declares here.
 */
export function walk(root: IConstruct): Made[] {
  const made: Made[] = []
  const visit = (construct: IConstruct): void => {
    if (construct instanceof ApiObject) {
      const decidedBy = construct.node.metadata.find(({ type }) => type === DECIDED_BY)?.data as DecidedBy | undefined
      made.push({
        manifest: construct.toJson() as Manifest,
        construct: construct.node.path,
        decidedBy: decidedBy ?? {},
      })
    }
    for (const child of construct.node.children) visit(child)
  }
  visit(root)
  return made
}
