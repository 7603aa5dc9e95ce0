// @ts-check

/** Plain English is written the way the server writes it: 20:14, 20 Nov. */
const ENGLISH = "en-GB";

/**
 * Writes moments as the clock on the venue's wall shows them, whatever zone the phone is in.
 * Within the same day the time is enough; before that, the day comes with it.
 *
 * @param {string} zone  IANA name
 * @param {string} language
 * @param {() => number} now
 * @returns {(iso: string) => string}
 */
export function venueClock(zone, language, now) {
  const locale = language === "en" ? ENGLISH : language;
  const time = new Intl.DateTimeFormat(locale, { timeZone: zone, timeStyle: "short" });
  const day = new Intl.DateTimeFormat(locale, { timeZone: zone, day: "numeric", month: "short" });
  return (iso) => {
    const moment = new Date(iso);
    if (Number.isNaN(moment.getTime())) return "";
    const sameDay = day.format(moment) === day.format(now());
    return sameDay ? time.format(moment) : `${day.format(moment)}, ${time.format(moment)}`;
  };
}
