import { fileURLToPath } from "node:url"
import { defineConfig } from "vite"

const page = (name: string) => fileURLToPath(new URL(`${name}.html`, import.meta.url))

/** Where `npm run web` finds the running board, whose answers it passes on. */
const board = process.env["BOARD"] ?? "http://127.0.0.1:3000"

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // The pages allow nothing but files of their own: no font or picture as `data:`.
    assetsInlineLimit: 0,
    rolldownOptions: { input: [page("index"), page("guest"), page("manager")] }
  },
  // Without this, where NODE_ENV is not "production", each element would say where its source stands.
  oxc: { jsx: { runtime: "automatic", importSource: "preact", development: false } },
  // The board takes commands of its own pages only: the host that the browser named has to be that of its origin.
  server: {
    host: "127.0.0.1",
    proxy: { "^/(?!@|src/|node_modules/|guest|manager|index)[^?]+": { target: board, changeOrigin: false } }
  }
})
