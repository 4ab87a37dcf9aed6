import { courseExamples } from "./index.ts"

/** The examples as an app, which `BOARD=courses npm start` runs. */
export const app = {
  board: courseExamples,
  screens: {},
  code: ["src/domain/model", "examples/courses"],
  readme: "examples/courses/README.md",
  documents: "examples/courses/docs",
  samples: "examples/courses/samples.json"
} as const
