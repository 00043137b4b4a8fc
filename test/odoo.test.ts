import { readdirSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { odooOf } from '../src/analysis/odoo.ts'
import { lint } from '../src/lint/engine.ts'
import type { LintResult } from '../src/lint/finding.ts'
import { type Policy, type PolicyDefinition, policyFrom } from '../src/lint/policy.ts'
import type { Source } from '../src/manifest/manifest.ts'
import { type EnvironmentFacts, indexOf } from '../src/manifest/manifest-index.ts'
import { parseManifests } from '../src/manifest/parse.ts'
import { type Unit, unitsOf } from '../src/spec/unit.ts'
import { KUSTOMIZATION } from '../src/synth/layout.ts'
import { render } from '../src/synth/render.ts'
import { examplePlatform, PLATFORM_NAMES } from './example-platforms.ts'

const FAMILIES = ['backup', 'ingress', 'odoo', 'postgres', 'redis', 'release']

const policies: readonly Policy[] = await Promise.all(
  FAMILIES.flatMap(family =>
    readdirSync(new URL(`../../policies/${family}/`, import.meta.url))
      .filter(file => file.endsWith('.ts'))
      .map(async file => {
        const name = file.replace(/\.ts$/, '')
        const module = new URL(`../policies/${family}/${name}.js`, import.meta.url)
        const { default: definition } = (await import(module.href)) as { default: PolicyDefinition }
        return policyFrom(name, family, definition)
      }),
  ),
)

function judged(sources: readonly Source[], facts: Partial<EnvironmentFacts> = {}): LintResult {
  return lint({
    environments: [{ index: indexOf(sources, { profile: 'standard', ...facts }), severityOverrides: {} }],
    policies,
    waivers: [],
    today: '2026-06-15',
    complete: true,
    notEvaluated: [],
    notes: [],
    files: 1,
  })
}

/** As most people begin: the official image, one Deployment, what the tutorials say. */
const TYPICAL = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: odoo
  namespace: erp
spec:
  replicas: 2
  selector: {matchLabels: {app: odoo}}
  template:
    metadata: {labels: {app: odoo}}
    spec:
      containers:
        - name: odoo
          image: odoo:18.0
          env:
            - name: HOST
              value: postgres
            - name: USER
              value: odoo
            - name: PASSWORD
              valueFrom: {secretKeyRef: {name: postgres, key: password}}
          ports:
            - {name: http, containerPort: 8069}
            - {name: live, containerPort: 8072}
          readinessProbe:
            tcpSocket: {port: 8069}
          livenessProbe:
            httpGet: {path: /web/login, port: 8069}
          volumeMounts:
            - {name: data, mountPath: /var/lib/odoo}
            - {name: config, mountPath: /etc/odoo}
      volumes:
        - name: data
          persistentVolumeClaim: {claimName: odoo-data}
        - name: config
          configMap: {name: odoo-config}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: odoo-config
  namespace: erp
data:
  odoo.conf: |
    [options]
    addons_path = /mnt/extra-addons
    data_dir = /var/lib/odoo
    proxy_mode = True
    admin_passwd = correct-horse
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: odoo-data
  namespace: erp
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 20Gi}}
---
apiVersion: v1
kind: Service
metadata:
  name: odoo
  namespace: erp
spec:
  selector: {app: odoo}
  ports:
    - {name: http, port: 80, targetPort: http}
    - {name: live, port: 8072, targetPort: live}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: odoo
  namespace: erp
  annotations:
    cert-manager.io/cluster-issuer: letsencrypt
spec:
  ingressClassName: nginx
  tls:
    - {hosts: [erp.acme.example], secretName: odoo-tls}
  rules:
    - host: erp.acme.example
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: {service: {name: odoo, port: {name: http}}}
`

/** A finding with the first words of what it says. */
function lines({ findings }: LintResult): readonly string[] {
  return findings.map(({ policy, range, message }) => `${range.start.line} ${policy}: ${message.split(', ')[0]}`)
}

const TYPICAL_FINDINGS = [
  '11 service-links: deployment "odoo" gives container "odoo" variables for every Service of its namespace',
  '11 termination-grace: deployment "odoo" is killed 30 s after it is told to stop',
  '13 cron-in-web: container "odoo" runs 2 threads of scheduled actions in each of up to 2 pods',
  '13 threaded-server: container "odoo" runs Odoo without workers',
  '20 password-argument: the entrypoint of container "odoo" makes an argument of variable "PASSWORD"',
  '26 odoo-readiness: the readinessProbe of container "odoo" asks for an open socket',
  '28 liveness-probe: the livenessProbe of container "odoo" gives up after 30 s while a request may take 120 s',
  '28 liveness-probe: the livenessProbe of container "odoo" asks "/web/login"',
  '44 database-encryption: "odoo.conf" connects to the database with sslmode "prefer"',
  '44 database-manager: "odoo.conf" leaves the database manager open to everybody outside',
  '44 database-name: "odoo.conf" names no database',
  '44 master-password: "odoo.conf" has the master password in plain text',
  '57 shared-filestore: claim "odoo-data" is ReadWriteOnce and up to 2 pods of deployment "odoo" mount it',
  '69 websocket-port: service "odoo" leads to port 8072 of container "odoo"',
  '76 time-limits: the proxy gives up after 60 s on requests that container "odoo" works on for up to 120 s',
]

test('a typical first deployment gets what an engineer of Odoo platforms would write about it', () => {
  const result = judged(parseManifests('typical.yaml', TYPICAL).sources)
  assert.equal(result.notEvaluated, [])
  assert.equal(lines(result), TYPICAL_FINDINGS)
})

test('with workers its second port is right, and the one rule for all pages is wrong', () => {
  const result = judged(
    parseManifests('typical.yaml', TYPICAL.replace('data_dir =', 'workers = 4\n    data_dir =')).sources,
  )
  const before = TYPICAL_FINDINGS.filter(line => !/threaded-server|websocket-port/.test(line)).map(withoutLine)
  const route = 'websocket-route: "/websocket" of host "erp.acme.example" goes to port 8069 of container "odoo"'
  assert.equal(lines(result).map(withoutLine).sort(), [...before, route].sort())
})

function withoutLine(text: string): string {
  return text.replace(/^\d+ /, '')
}

/** The same shop without Odoo: every object of the deployment above, run by another program. */
test('the same manifests get nothing when it is another program that they run', () => {
  const other = TYPICAL.replace('image: odoo:18.0', 'image: registry.example.com/shop:3').replaceAll(
    'odoo.conf',
    'shop.conf',
  )
  const result = judged(parseManifests('other.yaml', other.replace('[options]', '[shop]')).sources)
  assert.equal([lines(result), result.notEvaluated], [[], []])
})

/** Another way that is often seen, and sound: a proxy beside Odoo, in the same pod, leads live connections to their own port. */
const PROXIED = `apiVersion: v1
kind: ConfigMap
metadata: {name: proxy, namespace: erp}
data:
  default.conf: |
    server {
      listen 8080;
      location /websocket { proxy_pass http://127.0.0.1:8072; }
      location / { proxy_pass http://127.0.0.1:8069; }
    }
---
apiVersion: v1
kind: ConfigMap
metadata: {name: config, namespace: erp}
data:
  odoo.conf: |
    [options]
    workers = 4
    max_cron_threads = 1
    proxy_mode = True
    list_db = False
    admin_passwd = $pbkdf2-sha512$600000$c2FsdA$aGFzaA
    db_name = books
    dbfilter = ^books$
    db_host = postgres
    db_sslmode = verify-full
    limit_time_real = 120
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: odoo, namespace: erp}
spec:
  serviceName: odoo
  replicas: 1
  selector: {matchLabels: {app: odoo}}
  template:
    metadata: {labels: {app: odoo}}
    spec:
      enableServiceLinks: false
      terminationGracePeriodSeconds: 180
      containers:
        - name: odoo
          image: odoo:18.0
          args: [--config=/etc/odoo/odoo.conf]
          env:
            - {name: PGPASSWORD, valueFrom: {secretKeyRef: {name: postgres, key: password}}}
          ports: [{name: http, containerPort: 8069}, {name: live, containerPort: 8072}]
          readinessProbe: {httpGet: {path: /web/health, port: http}}
          resources: {requests: {cpu: "2", memory: 8Gi}, limits: {memory: 16Gi}}
          volumeMounts: [{name: data, mountPath: /var/lib/odoo}, {name: config, mountPath: /etc/odoo}]
        - name: proxy
          image: nginx:1.27
          ports: [{name: web, containerPort: 8080}]
          volumeMounts: [{name: proxy, mountPath: /etc/nginx/conf.d}]
      volumes:
        - {name: config, configMap: {name: config}}
        - {name: proxy, configMap: {name: proxy}}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 50Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: odoo, namespace: erp}
spec:
  selector: {app: odoo}
  ports: [{name: web, port: 80, targetPort: web}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: odoo
  namespace: erp
  annotations: {cert-manager.io/cluster-issuer: letsencrypt, nginx.ingress.kubernetes.io/proxy-read-timeout: "720"}
spec:
  ingressClassName: nginx
  tls: [{hosts: [erp.acme.example], secretName: odoo-tls}]
  rules:
    - host: erp.acme.example
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: odoo, port: {name: web}}}}]}
`

test('a careful deployment behind a proxy of its own gets nothing', () => {
  const result = judged(parseManifests('proxied.yaml', PROXIED).sources)
  assert.equal([lines(result), result.notEvaluated], [[], []])
})

test('the same with its claim shared by two pods, and its jobs in both, gets what that breaks', () => {
  const two = PROXIED.replace('kind: StatefulSet', 'kind: Deployment')
    .replace('replicas: 1', 'replicas: 2')
    .replace(/ {2}volumeClaimTemplates:[\s\S]*?---/, '---')
    .replace('      volumes:\n', '      volumes:\n        - {name: data, persistentVolumeClaim: {claimName: data}}\n')
    .concat(`---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: erp}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 50Gi}}}
`)
  assert.equal(lines(judged(parseManifests('two.yaml', two).sources)).map(withoutLine), [
    'cron-in-web: container "odoo" runs 1 thread of scheduled actions in each of up to 2 pods',
    'shared-filestore: claim "data" is ReadWriteOnce and up to 2 pods of deployment "odoo" mount it',
  ])
})

for (const example of PLATFORM_NAMES) {
  const platform = examplePlatform(example)
  for (const environment of platform.environments) {
    const sources = unitsOf(platform, environment).flatMap(unit => rendered(unit))

    test(`the example "${example}" in ${environment.name} gets nothing, as strictly as it can be judged`, () => {
      const result = judged(sources, { profile: 'strict', name: environment.name })
      assert.equal([lines(result), result.notEvaluated], [[], []])
      const odoo = odooOf(indexOf(sources, { profile: 'strict' }))
      const roles = new Set(odoo.map(({ role }) => role))
      // Where the database only follows another one, nothing migrates it.
      const follows = unitsOf(platform, environment).some(unit => unit.local.related?.primary !== undefined)
      for (const role of ['web', 'websocket', 'cron'] as const) assert.ok(roles.has(role), `${role} is seen`)
      assert.is(roles.has('migrate'), !follows)
    })
  }
}

function rendered(unit: Unit): readonly Source[] {
  const files = render(unit, 'test', () => ({ key: '', file: 'platform.yaml', line: 1 }))
  return [...files]
    .filter(([path]) => path.endsWith('.yaml') && path !== KUSTOMIZATION)
    .flatMap(([path, text]) => parseManifests(`${unit.name}/${path}`, text).sources)
}

test.run()
