import { fileURLToPath } from "node:url"
import { defineConfig } from "vite"

const page = (name: string) => fileURLToPath(new URL(`${name}.html`, import.meta.url))

/** The address of the running board to which `npm run web` forwards requests. */
const board = process.env["BOARD_URL"] ?? "http://127.0.0.1:3000"

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // The pages' content security policy allows files of their own only: no font or image as `data:`.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: [page("index"), page("guest"), page("manager"), page("streams"), page("live"), page("sign-in")],
      output: {
        codeSplitting: {
          groups: [
            { name: "nats-core", test: /node_modules[\\/]@nats-io/u },
            // Modules of three or more pages are compressed together, and are one request. Styles are for single pages.
            { name: "shared", test: /\.(?:tsx?|m?js)$/u, minShareCount: 3 }
          ]
        }
      }
    }
  },
  // Without this, each element would contain its source location if NODE_ENV is not "production".
  oxc: { jsx: { runtime: "automatic", importSource: "preact", development: false } },
  // The board accepts commands only if the request's host is that of its origin, so the host header is not changed.
  server: {
    host: "127.0.0.1",
    proxy: {
      "^/(?!@|src/|node_modules/|guest|manager|streams|live(?!/)|sign-in|index)[^?]+": {
        target: board,
        changeOrigin: false
      }
    }
  }
})
