/**
 * What the keyboard of a seat's screen has keys for, beside ASCII: the letters of Europe's alphabets. What isn't here is pasted, for a
 * key that is added while somebody types is often lost, and there is room for a few only.
 */
export const SEAT_CHARACTERS: readonly string[] = [
  ..."äÄöÖüÜßéÉèÈêÊëËàÀâÂáÁãÃåÅæÆçÇìÌíÍîÎïÏñÑòÒóÓôÔõÕøØùÙúÚûÛýÝÿþÞðÐ",
  ..."€£¢¥§°µ¡¿«»©®±²³½¼×÷·¬¦¨´¸ªº„“”‚‘’–—…•",
  ..."ąĄćĆęĘłŁńŃśŚźŹżŻčČďĎěĚňŇřŘšŠťŤůŮžŽľĽőŐűŰğĞıİşŞăĂșȘțȚđĐœŒ",
  ..."абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯІЇЄҐ",
  ..."αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
];

const here = new Set(SEAT_CHARACTERS);

/** @param character one code point */
export const hasKey = (character: string): boolean => here.has(character) || /^[\n\t\x20-\x7e]$/.test(character);
