import { Construct } from 'constructs'
import type { Observability } from '../src/spec/observability.ts'
import type { Settings } from '../src/spec/settings.ts'
import { addAlerts } from './alert.ts'
import { AlertRouting } from './alert-routing.ts'
import { businessAlerts } from './alerts-business.ts'
import { databaseAlerts } from './alerts-database.ts'
import { errorRatios, odooAlerts } from './alerts-odoo.ts'
import { DatabaseQueries } from './database-queries.ts'
import { Monitors } from './monitors.ts'
import { follows } from './names.ts'

/** How a tenant is watched: what is measured, what is an alert, and who hears of it. */
export class Watch extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, observability: Observability) {
    super(scope, id)
    new Monitors(this, 'monitors', settings, observability)
    // Shared servers are watched by whoever runs them; what one tenant has in them nobody measures apart.
    if (settings.servers === undefined) {
      new DatabaseQueries(this, 'queries', settings, observability.queries)
      addAlerts(this, settings, observability, alerts('data', 'database'), databaseAlerts(settings))
    }
    if (!follows(settings)) this.addOdooAlerts(settings, observability)
    new AlertRouting(this, 'routing', settings, observability)
  }

  private addOdooAlerts(settings: Settings, observability: Observability) {
    addAlerts(
      this,
      settings,
      observability,
      alerts('app', 'odoo'),
      odooAlerts(settings, observability),
      errorRatios(settings, observability),
    )
    if (settings.servers !== undefined) return
    addAlerts(this, settings, observability, alerts('app', 'business'), businessAlerts(settings, observability))
  }
}

function alerts(zone: 'app' | 'data', name: string) {
  return { zone, name, decidedBy: 'observability' }
}
