import { Construct } from 'constructs'
import type { Settings } from '../src/spec/settings.ts'
import { metadata, NAMES, type Zone } from './names.ts'
import { add } from './object.ts'

/** The fields of autoscaling.k8s.io/v1 VerticalPodAutoscaler that are used here. */
interface IVerticalPodAutoscaler {
  readonly apiVersion: 'autoscaling.k8s.io/v1'
  readonly kind: 'VerticalPodAutoscaler'
  readonly metadata: ReturnType<typeof metadata>
  readonly spec: {
    readonly targetRef: { readonly apiVersion: string; readonly kind: string; readonly name: string }
    readonly updatePolicy: { readonly updateMode: 'Off' }
  }
}

/**
 * Watches what pods really use, and recommends a size in its status. It changes nothing: sizes come from the spec, and a
 * pod that is resized in the middle of the day is a pod that is restarted.
 */
export class RightSizing extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    const deployments = [NAMES.web, NAMES.websocket, NAMES.cron, ...(settings.queue === undefined ? [] : [NAMES.queue])]
    for (const name of deployments) this.watch(settings, 'app', 'apps/v1', 'Deployment', name)
    if (settings.servers === undefined) {
      this.watch(settings, 'data', 'postgresql.cnpg.io/v1', 'Cluster', NAMES.database)
    }
  }

  private watch(settings: Settings, zone: Zone, apiVersion: string, kind: string, name: string) {
    add<IVerticalPodAutoscaler>(
      this,
      name,
      {
        apiVersion: 'autoscaling.k8s.io/v1',
        kind: 'VerticalPodAutoscaler',
        metadata: metadata(settings, zone, name, 'run'),
        spec: { targetRef: { apiVersion, kind, name }, updatePolicy: { updateMode: 'Off' } },
      },
      'rightSizing',
    )
  }
}
