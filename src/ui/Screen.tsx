/** Draws lines: one Text a row, which costs a third of a Box a cell. */
import { Box, Text } from 'ink'
import type { Line } from './line.ts'

function styled({ text: _, ...style }: Line[number]) {
  const { dim, ...rest } = style
  return dim ? { ...rest, dimColor: true } : rest
}

/** A line of one segment is one Text; others nest. An empty one keeps its row with a blank. */
function Row({ line }: { line: Line }) {
  const [only] = line
  if (line.length === 1 && only) {
    return (
      <Text wrap="truncate" {...styled(only)}>
        {only.text === '' ? ' ' : only.text}
      </Text>
    )
  }
  return (
    <Text wrap="truncate">
      {line.map((segment, i) => (
        <Text key={i} {...styled(segment)}>
          {segment.text}
        </Text>
      ))}
    </Text>
  )
}

/** The whole screen. */
export function Screen({ lines }: { lines: Line[] }) {
  return (
    <Box flexDirection="column">
      {lines.map((line, i) => (
        <Row key={i} line={line} />
      ))}
    </Box>
  )
}
