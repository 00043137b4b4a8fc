import { WORKLOAD } from './pod-terms.ts'
import { high, low, medium } from './risk.ts'
import { rest, type Terms, value, whole } from './term.ts'

export const CRON_JOB: Terms = {
  spec: {
    schedule: value('schedule', 'schedule', medium('the job runs at other times')),
    timeZone: value('schedule', 'time zone', medium('the job runs at other times')),
    suspend: value('schedule', 'suspended', ({ to }) =>
      to === true ? high('the job no longer runs') : low('the job runs again'),
    ),
    concurrencyPolicy: value('schedule', 'concurrency', medium('changes whether two runs may overlap')),
    startingDeadlineSeconds: value('schedule', 'starting deadline', medium('changes when a missed run is given up')),
    jobTemplate: { ...WORKLOAD, '': rest('schedule', medium('the job runs differently')) },
    '': rest('schedule', low('finished runs are kept differently')),
  },
}

/** Argo CD. */
export const APPLICATION: Terms = {
  spec: {
    source: rest('release', high('the cluster follows another source')),
    sources: rest('release', high('the cluster follows another source')),
    destination: rest('release', high('the manifests land elsewhere')),
    project: value('access', 'project', high('other restrictions apply')),
    syncPolicy: rest('release', high('changes what the cluster applies and deletes by itself')),
    '': rest('release', medium('the cluster follows the repository differently')),
  },
}

export const APP_PROJECT: Terms = {
  spec: {
    syncWindows: whole('schedule', 'sync windows', high('changes when the cluster may be changed')),
    '': rest('access', high('changes what may be deployed, from where, to where and by whom')),
  },
}

/** Flux. */
export const KUSTOMIZATION: Terms = {
  spec: {
    suspend: value('release', 'suspended', high('changes whether the cluster follows the repository')),
    prune: value('release', 'prune', high('changes whether the cluster deletes what the repository no longer has')),
    force: value('release', 'force', high('changes whether objects are deleted and created again')),
    '': rest('release', high('the cluster follows the repository differently')),
  },
}
