import type { PriceList } from '../cost.ts'

/**
 * An example of a price list, to be replaced by one's own: what Amazon asks in us-east-1 without any commitment. Processor and
 * memory are those of AWS Fargate (Linux on x86), which sells them one by one; volumes are EBS gp3, and EFS Standard for the class
 * that is called "shared" or "efs". Traffic, load balancers, object storage and support are not in it.
 *
 * Sources: aws.amazon.com/fargate/pricing, aws.amazon.com/ebs/pricing, aws.amazon.com/efs/pricing, as quoted in March and April 2026.
 */
export const EXAMPLE_PRICES: PriceList = {
  name: 'AWS us-east-1, on demand (example)',
  asOf: '2026-04',
  currency: 'USD',
  hoursPerMonth: 730,
  cpuHour: 0.04048,
  memoryGibHour: 0.004445,
  storageGibMonth: 0.08,
  storageClassGibMonth: { shared: 0.3, efs: 0.3 },
}
