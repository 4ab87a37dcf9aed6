// Written in the syntax of very old Node versions, which must be able to run it in order to print the error below.
var child = require("child_process")
var fs = require("fs")
var path = require("path")
var modules = require("module")
var url = require("url")

var needed = [22, 19]
var found = process.versions.node.split(".").map(Number)
var args = process.argv.slice(2)
var watch = args[0] === "--watch"
if (watch) args.shift()

// Three optional packages, one for each platform, share the bin name `node`. npm before 11.6.2 removes the link together
// with the packages that do not fit the platform, so `npm run` finds the machine's own Node; the package itself is there.
var platform = process.platform === "win32" ? "win" : process.platform
var packaged = path.join(
  __dirname,
  "../node_modules/node-" + platform + "-" + process.arch,
  process.platform === "win32" ? "bin/node.exe" : "bin/node"
)

function fail(sentence) {
  process.stderr.write(sentence + "\n")
  process.exit(1)
}

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  if (fs.existsSync(packaged)) {
    runWith(packaged, [__filename].concat(process.argv.slice(2)))
  } else {
    fail(
      "This is Node " +
        process.versions.node +
        ", but the project needs Node " +
        needed.join(".") +
        " or newer: run `npm ci` without `--omit=optional`, which installs Node 24 on Linux (x64, arm64) and Windows (x64), " +
        "and start with `npm start`, or install Node 24 from https://nodejs.org."
    )
  }
} else if (args.length === 0) {
  fail("Name the file to run: node scripts/node.cjs [--watch] <entry> [arguments].")
} else if (watch) {
  rewatch()
} else {
  // Node caches the compiled sources, without their types, which halves the time until they run.
  if (modules.enableCompileCache) modules.enableCompileCache(path.join(__dirname, "../.cache/node"))
  process.argv = [process.argv[0], path.resolve(args[0])].concat(args.slice(1))
  // `import()` is a syntax error before Node 13.2, so it is hidden from the parser.
  new Function("specifier", "return import(specifier)")(url.pathToFileURL(process.argv[1]).href)
}

function rewatch() {
  runWith(process.execPath, ["--watch"].concat(args))
}

// Waits for the other Node, forwards signals to it, and ends with its exit code or signal.
function runWith(node, args) {
  var other = child.spawn(node, args, { stdio: "inherit" })
  var pass = function (signal) {
    other.kill(signal)
  }
  // A closed terminal signals the other Node too; a second SIGHUP would end it at once.
  var passHangUp = function () {
    other.kill("SIGTERM")
  }
  process.on("SIGINT", pass)
  process.on("SIGTERM", pass)
  process.on("SIGHUP", passHangUp)
  other.on("error", function (error) {
    fail(node + " could not be started (" + error.message + "): run `npm ci` again.")
  })
  other.on("exit", function (code, signal) {
    process.removeListener("SIGINT", pass)
    process.removeListener("SIGTERM", pass)
    process.removeListener("SIGHUP", passHangUp)
    if (signal) process.kill(process.pid, signal)
    else process.exit(code)
  })
}
