/** `1 pod`, `3 pods`. */
export function podCount(pods: number): string {
  return pods === 1 ? '1 pod' : `${pods} pods`
}
