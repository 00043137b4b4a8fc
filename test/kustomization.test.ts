import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isKustomization, patchFilesOf } from '../src/manifest/kustomization.ts'

test('a kustomization is told by its name', () => {
  for (const name of ['kustomization.yaml', 'a/kustomization.yml', 'a/b/Kustomization'])
    assert.ok(isKustomization(name), name)
  for (const name of ['my-kustomization.yaml', 'kustomization.yaml/x.yaml', 'kustomize.yaml'])
    assert.not(isKustomization(name), name)
})

test('the patches that it names are found in every form, by their path', () => {
  const text = `patches:
- path: one.yaml
- patch: |-
    - {op: remove, path: /spec}
  target: {kind: Deployment}
- {path: ./deep/two.yaml, target: {kind: Service}}
patchesJson6902:
- {path: ../three.json, target: {version: v1, kind: Pod, name: a}}
patchesStrategicMerge:
- four.yaml
- |-
  apiVersion: v1
  kind: Pod
`
  assert.equal(patchFilesOf('apps/prod/kustomization.yaml', text), [
    'apps/prod/one.yaml',
    'apps/prod/deep/two.yaml',
    'apps/three.json',
    'apps/prod/four.yaml',
  ])
  assert.equal(patchFilesOf('kustomization.yaml', 'patches: [{path: one.yaml}]'), ['one.yaml'])
})

test('one that is no YAML, or no map, names none', () => {
  assert.equal(patchFilesOf('kustomization.yaml', 'a: [1\n'), [])
  assert.equal(patchFilesOf('kustomization.yaml', '- a\n'), [])
  assert.equal(patchFilesOf('kustomization.yaml', ''), [])
})

test.run()
