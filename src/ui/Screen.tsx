/** Draws lines, a row each: what a row says is one text for Ink, and how it looks is put in when that text is written. A Text a segment takes twice as long. */
import { Box, Text, Transform } from 'ink'
import { memo } from 'react'
import { isSimple } from '../text/width.ts'
import type { Line } from './line.ts'
import { written } from './styled-line.ts'
import { THEMES, type ThemeName } from './theme.ts'

function styled({ text: _, click: __, role, ...style }: Line[number], theme: ThemeName) {
  return role ? { ...THEMES[theme][role], ...style } : style
}

/** A line whose width is as Ink finds it: cut where that is more than there is room for. */
function Measured({ line, theme }: { line: Line; theme: ThemeName }) {
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

/** A line that fits. An empty one keeps its row with a blank. */
const Row = memo(({ text, codes }: { text: string; codes: string }) => (
  <Transform transform={(shown) => (shown === text ? codes : shown)}>{text === '' ? ' ' : text}</Transform>
))

/** The whole screen, which is `columns` wide. */
export function Screen({ lines, theme, columns }: { lines: Line[]; theme: ThemeName; columns: number }) {
  return (
    <Box flexDirection="column">
      {lines.map((line, i) => {
        const { text, codes } = written(line, theme)
        return text.length <= columns && isSimple(text) ? <Row key={i} text={text} codes={codes} /> : <Measured key={i} line={line} theme={theme} />
      })}
    </Box>
  )
}
