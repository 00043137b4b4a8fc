/**
 * Facts about the servers that may keep the sessions of Odoo. Read September 2026.
 *
 * Sources: valkey-io/valkey-container (user and group of the Alpine images); OT-CONTAINER-KIT/redis-operator (v1beta2, its
 * images and their user); the digest of Valkey as two public repositories pin it. The images of the operator are published
 * by tag, and no digest of theirs could be confirmed. For the exporter oliver006/redis_exporter 1.66.0, the digest of the
 * image index as two public repositories pin it.
 */
export const SESSION_SERVERS = {
  valkey: {
    image:
      'docker.io/valkey/valkey:9.0.3-alpine@sha256:e1095c6c76ee982cb2d1e07edbb7fb2a53606630a1d810d5a47c9f646b708bf5',
    user: [999, 1000],
  },
  redis: { image: 'quay.io/opstree/redis:v8.6.2', user: [1000, 1000] },
  sentinel: { image: 'quay.io/opstree/redis-sentinel:v8.6.2', user: [1000, 1000] },
  exporter: {
    image:
      'docker.io/oliver006/redis_exporter:v1.66.0@sha256:d98e6db8094f491b95791e9f776b0ba30a20aeacb90e18334935d5e51bf2e6a1',
  },
  /** Share of its memory limit that a server may fill: writing the log to disk takes the rest. */
  memoryShare: 0.7,
} as const
