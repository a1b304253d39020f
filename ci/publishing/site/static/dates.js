// Dates of chapter 09, read in English and written in Korean as book/dates.py does.
(() => {
  const WEEKDAYS = {
    Sunday: "일요일", Monday: "월요일", Tuesday: "화요일", Wednesday: "수요일", Thursday: "목요일", Friday: "금요일",
    Saturday: "토요일",
  };
  const MONTHS = ("January February March April May June July August September October November "
    + "December").split(" ");
  const oneOf = (words) => `(${words.join("|")})`;
  // Weekday, month, day and year: the first and the last may be left out, and so may the commas.
  const DATE = new RegExp(
    `^(?:${oneOf(Object.keys(WEEKDAYS))},? )?${oneOf(MONTHS)} ([0-9]{1,2})(?:,? ([0-9]{4}))?$`, "i",
  );

  // A date as it is written in both languages; nothing for a text that is no date.
  function read(text) {
    const found = DATE.exec(text.trim().replace(/\s+/g, " ").replace(/ ,/g, ","));
    if (!found) return null;
    const [weekday, month] = found.slice(1, 3).map((name) => name && name[0].toUpperCase() + name.slice(1).toLowerCase());
    const [day, year] = found.slice(3);
    const english = [weekday, `${month} ${day}`, year].filter(Boolean).join(", ");
    const korean = [
      year && `${year}년`, `${MONTHS.indexOf(month) + 1}월`, `${day}일`, weekday && WEEKDAYS[weekday],
    ].filter(Boolean).join(" ");
    return { en: english, ko: korean };
  }

  globalThis.bookDates = { read };
})();
