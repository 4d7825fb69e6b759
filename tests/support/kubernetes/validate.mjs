// Strict validation of Kubernetes objects: reads a JSON list of them from standard input, and writes a JSON list of the
// same length: of each object, what is wrong with it. Types and unknown fields are found by the TypeScript compiler, to
// which each object is a literal of its kind's type; patterns, formats and enumerations by the models' JSON schemas.
//   node validate.mjs DIRECTORY_WITH_NODE_MODULES < objects.json
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const PACKAGES = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/',
  'cert-manager.io': '@kubernetes-models/cert-manager/',
};

const directory = resolve(process.argv[2]);
const { resolve: locate } = createRequire(join(directory, 'package.json'));
const ts = (await import(pathToFileURL(locate('typescript')))).default;
const objects = JSON.parse(readFileSync(0, 'utf8'));
const problems = objects.map(() => []);

const modelOf = ({ apiVersion, kind }) => {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return `${PACKAGES[group] ?? 'kubernetes-models/'}${apiVersion}/${kind}`;
};

async function modelFile(object) {
  const [, name, rest] = modelOf(object).match(/^((?:@[^/]+\/)?[^/]+)\/(.*)$/);
  return pathToFileURL(join(directory, 'node_modules', name, `${rest}.js`));
}

// One line an object, so that a complaint's line says whose it is.
function compile() {
  const file = join(directory, 'objects.ts');
  const source = objects.map((object, number) =>
    `import type { I${object.kind} as T${number} } from '${modelOf(object)}'; ` +
    `export const o${number}: T${number} = ${JSON.stringify(object)};`).join('\n');
  const options = {
    noEmit: true, strict: true, skipLibCheck: true, types: [], lib: ['lib.es2022.d.ts'],
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? source : readFile(name));
  host.getSourceFile = (name, ...rest) =>
    (name === file ? ts.createSourceFile(name, source, options.target) : getSourceFile(name, ...rest));
  return ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
}

for (const diagnostic of compile()) {
  const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
  if (!diagnostic.file) throw new Error(text);
  problems[diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start).line].push(text);
}
for (const [number, object] of objects.entries()) {
  try {
    new (await import(await modelFile(object)))[object.kind](object).validate();
  } catch (error) {
    problems[number].push(error.message);
  }
}
process.stdout.write(JSON.stringify(problems));
