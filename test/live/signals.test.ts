/** Kill and freeze where nothing but tracepoints can be had: here. */
import '../brake/signals.ts'
