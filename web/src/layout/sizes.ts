/** Pixels of the wall at its natural size. */
export const sizes = {
  header: 106,
  /** The width of notes: its limits, and the default without a viewport. */
  note: { min: 104, defaultWidth: 132, max: 156 },
  noteHeight: 60,
  screenHeight: 46,
  automationHeight: 52,
  /** The height of a read model that is drawn again below an event. */
  tag: 20,
  tagGap: 7,
  /** Between two arrows that lead to tags below one event. */
  tagTrack: 4,
  /** Between two arrows that run side by side. */
  track: 9,
  /** Between an arrow and a note beside it. */
  clear: 12,
  /** Inside a note. */
  pad: 9,
  name: 12.5,
  nameLine: 15,
  small: 11,
  /** The line of a command with the boundaries that it guards, and the icon before them. */
  guardLine: 15,
  guardIcon: 13,
  rule: 11.5,
  ruleLine: 14.5,
  mark: 16
} as const
