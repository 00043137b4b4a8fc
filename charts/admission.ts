import { Construct } from 'constructs'
import type { IValidatingAdmissionPolicy } from 'kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy'
import type { IValidatingAdmissionPolicyBinding } from 'kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding'
import type { PlatformSettings } from '../src/spec/platform-settings.ts'
import { clusterMetadata } from './names.ts'
import { add } from './object.ts'

/**
 * The policies that the cluster keeps itself. They stand before anything that they look at: ahead of the data and the
 * workloads of this unit, and tenants come after the unit.
 */
export class Admission extends Construct {
  constructor(scope: Construct, id: string, settings: PlatformSettings) {
    super(scope, id)
    for (const { name, annotations, spec, bindings } of settings.admission) {
      add<IValidatingAdmissionPolicy>(
        this,
        name,
        {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'ValidatingAdmissionPolicy',
          metadata: clusterMetadata(settings, name, 'ground', annotations),
          spec: spec as NonNullable<IValidatingAdmissionPolicy['spec']>,
        },
        'admission',
      )
      for (const binding of bindings) {
        add<IValidatingAdmissionPolicyBinding>(
          this,
          `${binding.name}-binding`,
          {
            apiVersion: 'admissionregistration.k8s.io/v1',
            kind: 'ValidatingAdmissionPolicyBinding',
            metadata: clusterMetadata(settings, binding.name, 'ground'),
            spec: {
              policyName: name,
              validationActions: [...binding.actions],
              matchResources: binding.matchResources,
            },
          },
          'admission',
        )
      }
    }
  }
}
