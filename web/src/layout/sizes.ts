/** Pixels of the wall at its natural size. */
export const sizes = {
  header: 120,
  note: 144,
  noteHeight: 74,
  screenHeight: 76,
  gearHeight: 66,
  /** Between two arrows that run side by side. */
  track: 10,
  /** Between an arrow and what it passes. */
  clear: 15,
  /** Inside of a post-it. */
  pad: 10,
  name: 13,
  nameLine: 16,
  small: 10.5,
  rule: 11.5,
  ruleLine: 15.5,
  mark: 17
} as const
