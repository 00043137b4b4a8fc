/**
 * Where the node of a cloud hands out its own credentials to whoever asks, over HTTP on port 80. The same for Amazon,
 * Azure, Google, Oracle and OpenStack; over IPv6 Amazon's. As of November 2026: the instance metadata pages of each.
 */
export const METADATA_ADDRESSES = ['169.254.169.254/32', 'fd00:ec2::254/128'] as const
export const METADATA_PORT = 80
