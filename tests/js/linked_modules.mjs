// Prints the path of every module that the one named on the command line is linked with, one a line. Runs none of them:
// there is no page. Needs --experimental-vm-modules.

import { readFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { SourceTextModule } from "node:vm"

const modules = new Map()

function moduleAt(path) {
  if (!modules.has(path)) modules.set(path, new SourceTextModule(readFileSync(path, "utf8"), { identifier: path }))
  return modules.get(path)
}

await moduleAt(resolve(process.argv[2])).link((specifier, importer) => moduleAt(resolve(dirname(importer.identifier), specifier)))
console.log([...modules.keys()].join("\n"))
