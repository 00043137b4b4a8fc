import type { OdooSeries } from './odoo.ts'

/**
 * Modules from outside Odoo that this platform rests on, and the series for which they exist. Read November 2026.
 *
 * Sources: for modules of the OCA the versions that PyPI has of odoo-addon-<name>; for those of camptocamp the manifests in
 * camptocamp/odoo-cloud-platform (session_redis 19.0 by #499; attachment_s3 for 19.0 still open as #532, for Odoo 19 no
 * longer uses what _file_write returns). A module that is not listed is not judged.
 */
export const MODULES = {
  attachment_s3: { from: 'camptocamp/odoo-cloud-platform', series: ['16.0', '17.0', '18.0'], instead: 'fs_attachment' },
  auditlog: { from: 'OCA/server-tools', series: ['16.0', '17.0', '18.0', '19.0'] },
  auth_oidc: { from: 'OCA/server-auth', series: ['16.0', '17.0', '18.0', '19.0'] },
  edi_core_oca: { from: 'OCA/edi-framework', series: ['18.0', '19.0'], instead: 'edi_oca' },
  edi_oca: { from: 'OCA/edi-framework', series: ['16.0', '17.0', '18.0'], instead: 'edi_core_oca' },
  fs_attachment: { from: 'OCA/storage', series: ['16.0', '17.0', '18.0', '19.0'] },
  logging_json: { from: 'camptocamp/odoo-cloud-platform', series: ['16.0', '17.0', '18.0', '19.0'] },
  queue_job: { from: 'OCA/queue', series: ['16.0', '17.0', '18.0', '19.0'] },
  session_db: { from: 'OCA/server-tools', series: ['16.0', '17.0', '18.0', '19.0'] },
  session_redis: { from: 'camptocamp/odoo-cloud-platform', series: ['16.0', '17.0', '18.0', '19.0'] },
} as const satisfies Record<
  string,
  { readonly from: string; readonly series: readonly OdooSeries[]; readonly instead?: string }
>

/** Pairs of modules that ruin each other, and how (camptocamp/odoo-cloud-platform #491 to #493). */
export const CLASHES = [
  ['session_redis', 'auth_session_timeout', 'which looks for session files that are not there'],
] as const
