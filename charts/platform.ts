import { Chart } from 'cdk8s'
import type { Construct } from 'constructs'
import type { PlatformSettings } from '../src/spec/platform-settings.ts'
import { Access } from './access.ts'
import { Admission } from './admission.ts'
import { ArgoApplications } from './argo-applications.ts'
import { ArgoProjects } from './argo-projects.ts'
import { ClusterAccess } from './cluster-access.ts'
import { FluxUnits } from './flux-units.ts'
import { SHARED_TENANT } from './names.ts'
import { Operators } from './operators.ts'
import { PlatformWatch } from './platform-watch.ts'
import { Priorities } from './priorities.ts'
import { SharedServers } from './shared-servers.ts'

/** The part of an environment that its tenants share: it goes first, and brings them. */
export class PlatformUnit extends Chart {
  constructor(scope: Construct, id: string, settings: PlatformSettings) {
    super(scope, id)
    const { gitops, servers, groups, production, monitoring } = settings
    new Priorities(this, 'priorities', settings)
    new Admission(this, 'admission', settings)
    new ClusterAccess(this, 'access', settings)
    if (servers !== undefined) {
      new SharedServers(this, 'servers', settings, servers)
      new Access(this, 'servers-access', { ...settings, tenant: SHARED_TENANT }, 'data', groups, production)
    }
    if (monitoring !== undefined) new PlatformWatch(this, 'watch', settings, monitoring)
    if (gitops === undefined) return
    const delivered = { ...settings, gitops }
    new Operators(this, 'operators', delivered)
    if (gitops.engine === 'flux') {
      new FluxUnits(this, 'units', delivered)
      return
    }
    new ArgoProjects(this, 'projects', delivered)
    new ArgoApplications(this, 'applications', delivered)
  }
}
