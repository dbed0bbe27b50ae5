// A choice of time zone that nobody made yet begins with the zone of the device: <select data-own-zone>.
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const select of document.querySelectorAll("select[data-own-zone]"))
  if (!select.querySelector("option[selected]") && select.querySelector(`option[value="${CSS.escape(own)}"]`)) select.value = own;
