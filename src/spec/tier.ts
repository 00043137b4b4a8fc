/** The four service tiers, from least to most promised. The only table that a user of waybill has to learn. */
export const TIERS = ['bronze', 'silver', 'gold', 'platinum'] as const
export type Tier = (typeof TIERS)[number]

/** What a tier decides wherever the spec is silent. Durations are seconds, sizes are MiB. */
export interface TierDefaults {
  /** Least number of web, websocket pods. */
  readonly web: number
  readonly websocket: number
  /** How much more than the usual load the web pods may grow to carry; 1 means no autoscaling. */
  readonly peak: number
  readonly instances: number
  /** Whether a commit waits for a standby, and what happens when none is left: carry on, or stop writing. */
  readonly synchronous: 'none' | 'preferred' | 'required'
  readonly antiAffinity: 'preferred' | 'required'
  readonly primaryUpdate: 'unsupervised' | 'supervised'
  readonly walVolume: boolean
  readonly backup: { readonly schedule: string; readonly retentionDays: number } | undefined
  /** How often the newest backup of production is restored for a test. */
  readonly restoreTest: 'never' | 'monthly' | 'weekly'
  /** Longest loss of data after losing a node, and after losing the cluster. */
  readonly rpo: number
  readonly disasterRpo: number
  /** Longest outage after losing a node, and after losing the cluster. */
  readonly rto: number
  readonly disasterRto: number
  /** Percent of requests that are answered without an error; nothing is promised where it is absent. */
  readonly availability: number | undefined
  /** Whether pods must, or would rather, stand in different zones. */
  readonly spread: 'ScheduleAnyway' | 'DoNotSchedule'
  /** Memory limits that hold even when every worker stands at its hard limit. */
  readonly strictMemory: boolean
  readonly priority: number
}

const MINUTE = 60
const HOUR = 3_600
const DAY = 86_400

export const TIER_DEFAULTS = {
  bronze: {
    web: 1,
    websocket: 1,
    peak: 1,
    instances: 1,
    synchronous: 'none',
    antiAffinity: 'preferred',
    primaryUpdate: 'unsupervised',
    walVolume: false,
    backup: undefined,
    restoreTest: 'never',
    rpo: DAY,
    disasterRpo: 7 * DAY,
    rto: 8 * HOUR,
    disasterRto: 7 * DAY,
    availability: undefined,
    spread: 'ScheduleAnyway',
    strictMemory: false,
    priority: 1_000,
  },
  silver: {
    web: 2,
    websocket: 2,
    peak: 1,
    instances: 2,
    synchronous: 'none',
    antiAffinity: 'preferred',
    primaryUpdate: 'unsupervised',
    walVolume: false,
    backup: { schedule: '0 30 1 * * *', retentionDays: 14 },
    restoreTest: 'monthly',
    rpo: 5 * MINUTE,
    disasterRpo: 5 * MINUTE,
    rto: 5 * MINUTE,
    disasterRto: DAY,
    availability: 99.5,
    spread: 'ScheduleAnyway',
    strictMemory: false,
    priority: 10_000,
  },
  gold: {
    web: 3,
    websocket: 2,
    peak: 1.5,
    instances: 3,
    synchronous: 'preferred',
    antiAffinity: 'required',
    primaryUpdate: 'supervised',
    walVolume: true,
    backup: { schedule: '0 30 1 * * *', retentionDays: 35 },
    restoreTest: 'weekly',
    rpo: 0,
    disasterRpo: 5 * MINUTE,
    rto: 3 * MINUTE,
    disasterRto: 4 * HOUR,
    availability: 99.9,
    spread: 'DoNotSchedule',
    strictMemory: false,
    priority: 100_000,
  },
  platinum: {
    web: 4,
    websocket: 3,
    peak: 2,
    instances: 3,
    synchronous: 'required',
    antiAffinity: 'required',
    primaryUpdate: 'supervised',
    walVolume: true,
    backup: { schedule: '0 30 1 * * *', retentionDays: 35 },
    restoreTest: 'weekly',
    rpo: 0,
    disasterRpo: MINUTE,
    rto: 2 * MINUTE,
    disasterRto: HOUR,
    availability: 99.95,
    spread: 'DoNotSchedule',
    strictMemory: true,
    priority: 1_000_000,
  },
} as const satisfies Record<Tier, TierDefaults>

/** Whether `tier` promises at least what `least` promises. */
export function atLeast(tier: Tier, least: Tier): boolean {
  return TIERS.indexOf(tier) >= TIERS.indexOf(least)
}
