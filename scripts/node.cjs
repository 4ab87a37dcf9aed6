// Written in the syntax of an ancient Node: what it refuses must be able to read it.
var child = require("child_process")
var path = require("path")
var modules = require("module")
var url = require("url")

var needed = [22, 19]
var found = process.versions.node.split(".").map(Number)
var args = process.argv.slice(2)
var watch = args[0] === "--watch"
if (watch) args.shift()

function refuse(sentence) {
  process.stderr.write(sentence + "\n")
  process.exit(1)
}

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  refuse(
    "This is Node " +
      process.versions.node +
      ", but the project needs Node " +
      needed.join(".") +
      " or newer: run `npm ci` without `--omit=optional`, which brings Node 24 along on Linux and Windows, " +
      "and start with `npm start`, or install Node 24 from https://nodejs.org."
  )
} else if (args.length === 0) {
  refuse("Say which file to run: node scripts/node.cjs [--watch] <entry> [arguments].")
} else if (watch) {
  rewatch()
} else {
  // What Node makes of the sources, their types taken out, is kept: that halves the time until they run.
  if (modules.enableCompileCache) modules.enableCompileCache(path.join(__dirname, "../.cache/node"))
  process.argv = [process.argv[0], path.resolve(args[0])].concat(args.slice(1))
  // `import()` is a syntax error before Node 13.2, so it is kept from the parser until the version is known.
  new Function("specifier", "return import(specifier)")(url.pathToFileURL(process.argv[1]).href)
}

function rewatch() {
  var watcher = child.spawn(process.execPath, ["--watch"].concat(args), { stdio: "inherit" })
  var pass = function (signal) {
    watcher.kill(signal)
  }
  process.on("SIGINT", pass)
  process.on("SIGTERM", pass)
  watcher.on("error", function (error) {
    refuse("Node could not be started again with --watch (" + error.message + "): run the entry without --watch.")
  })
  watcher.on("exit", function (code, signal) {
    process.removeListener("SIGINT", pass)
    process.removeListener("SIGTERM", pass)
    if (signal) process.kill(process.pid, signal)
    else process.exit(code)
  })
}
