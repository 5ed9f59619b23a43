/** False alarms per minute that the learned spotter can be set to: the range that settings and requests accept. */
export const FALSE_ALARM_LIMITS = { least: 0.02, most: 20 } as const;
