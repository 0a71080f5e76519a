/** Draws lines: one Text a row, which costs a third of a Box a cell. */
import { Box, Text } from 'ink'
import type { Line } from './line.ts'
import { THEMES, type ThemeName } from './theme.ts'

function styled({ text: _, click: __, role, ...style }: Line[number], theme: ThemeName) {
  return role ? { ...THEMES[theme][role], ...style } : style
}

/** A line of one segment is one Text; others nest. An empty one keeps its row with a blank. */
function Row({ line, theme }: { line: Line; theme: ThemeName }) {
  const [only] = line
  if (line.length === 1 && only) {
    return (
      <Text wrap="truncate" {...styled(only, theme)}>
        {only.text === '' ? ' ' : only.text}
      </Text>
    )
  }
  return (
    <Text wrap="truncate">
      {line.map((segment, i) => (
        <Text key={i} {...styled(segment, theme)}>
          {segment.text}
        </Text>
      ))}
    </Text>
  )
}

/** The whole screen. */
export function Screen({ lines, theme }: { lines: Line[]; theme: ThemeName }) {
  return (
    <Box flexDirection="column">
      {lines.map((line, i) => (
        <Row key={i} line={line} theme={theme} />
      ))}
    </Box>
  )
}
