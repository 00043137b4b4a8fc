import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Manifest } from '../src/manifest/manifest.ts'
import { differences } from '../src/promote/difference.ts'
import { type Operation, RISK_CLASSES } from '../src/promote/operation.ts'
import { capacityOnly, riskOf } from '../src/promote/risk.ts'

function web(replicas: number, memory: string, image = 'odoo:18.0', checksum = 'a'): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'acme' },
    spec: {
      replicas,
      template: {
        metadata: { annotations: { 'checksum/config': checksum } },
        spec: { containers: [{ name: 'odoo', image, resources: { limits: { memory } } }] },
      },
    },
  }
}

function claim(storage: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'filestore', namespace: 'acme' },
    spec: { resources: { requests: { storage } } },
  }
}

function conf(workers: number): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'odoo', namespace: 'acme' },
    data: { 'odoo.conf': `[options]\nworkers = ${workers}\n` },
  }
}

test('nothing has no risk, and nobody decided it', () => {
  assert.equal(riskOf([]), { class: 'none', because: [] })
})

test('a set is as risky as its riskiest operations, which are named', () => {
  const operations = differences([web(2, '2Gi'), claim('9Gi')], [web(3, '1Gi', 'odoo:18.1'), claim('8Gi')])
  const { class: worst, because } = riskOf(operations)
  assert.is(worst, 'destructive')
  assert.equal(
    because.map(({ what }) => what),
    ['storage size'],
  )
  const rest = riskOf(operations.filter(({ destructive }) => !destructive))
  assert.is(rest.class, 'medium')
  assert.equal(
    rest.because.map(({ what }) => what),
    ['image', 'memory limit'],
  )
})

test('the classes of risk are ordered from harmless to irreversible', () => {
  const of = (...classes: Operation['risk']['class'][]) => {
    const [template] = differences([web(1, '1Gi')], [web(2, '1Gi')])
    if (template === undefined) throw new Error('replicas differ')
    return riskOf(classes.map(each => ({ ...template, risk: { class: each, reason: '' } }))).class
  }
  for (const [index, each] of RISK_CLASSES.entries()) {
    for (const other of RISK_CLASSES.slice(0, index + 1)) assert.is(of(each, other), each)
  }
})

test('more replicas, limits, storage and workers are capacity only', () => {
  const more = differences(
    [web(2, '2Gi'), claim('8Gi'), conf(4)],
    [web(3, '3Gi', 'odoo:18.0', 'b'), claim('9Gi'), conf(6)],
  )
  assert.is(more.length, 5)
  assert.ok(capacityOnly(more))
})

test('less of anything, or anything else, is not capacity only', () => {
  assert.not(capacityOnly(differences([web(3, '2Gi')], [web(2, '2Gi')])))
  assert.not(capacityOnly(differences([web(2, '2Gi')], [web(3, '1Gi')])))
  assert.not(capacityOnly(differences([web(2, '2Gi')], [web(3, '2Gi', 'odoo:18.1')])))
  assert.not(capacityOnly(differences([web(2, '2Gi')], [web(3, '2Gi'), claim('9Gi')])))
  assert.not(capacityOnly(differences([conf(4)], [conf(0)])))
})

test('a set that changes nothing, or only labels, adds no capacity', () => {
  assert.not(capacityOnly([]))
  assert.not(capacityOnly(differences([web(2, '2Gi')], [web(2, '2Gi', 'odoo:18.0', 'b')])))
  assert.not(capacityOnly(differences([web(2, '2Gi')], [web(2, '2048Mi')])))
})

test('more of what interrupts the database, or of what is refused or replaced, is not capacity only', () => {
  const cluster = (memory: string, connections: string): Manifest => ({
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { name: 'db', namespace: 'acme' },
    spec: { resources: { limits: { memory } }, postgresql: { parameters: { max_connections: connections } } },
  })
  assert.not(capacityOnly(differences([cluster('8Gi', '100')], [cluster('16Gi', '100')])))
  assert.not(capacityOnly(differences([cluster('8Gi', '100')], [cluster('8Gi', '200')])))
  const job = (memory: string) => ({ ...web(1, memory), apiVersion: 'batch/v1', kind: 'Job' })
  assert.not(capacityOnly(differences([job('1Gi')], [job('2Gi')])))
  const hook = (memory: string) => {
    const { metadata, ...rest } = job(memory)
    return { ...rest, metadata: { ...metadata, annotations: { 'argocd.argoproj.io/hook': 'Sync' } } }
  }
  assert.not(capacityOnly(differences([hook('1Gi')], [hook('2Gi')])))
})

test.run()
