/**
 * Labels that clouds put on nodes which they may take back within minutes, with the values that say so. Read November 2026.
 *
 * Sources: Karpenter documentation, "Well-Known Labels"; AWS, managed node groups; Google Cloud, GKE Spot VMs; Microsoft,
 * AKS Spot node pools. A node that has none of them passes.
 */
export const SPOT_LABELS = {
  'cloud.google.com/gke-spot': 'true',
  'eks.amazonaws.com/capacityType': 'SPOT',
  'karpenter.sh/capacity-type': 'spot',
  'kubernetes.azure.com/scalesetpriority': 'spot',
} as const
