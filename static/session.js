// Warns in the page two minutes before the session ends, and says what to do. The server is asked when the warning is
// due, because another tab may have prolonged the session; to ask does not prolong it.
(() => {
	const warning = document.getElementById("session-warning");
	const stay = document.getElementById("session-stay");
	if (!warning || !stay) return;
	const before = 120; // seconds
	let timer = 0;
	const wait = (seconds) => {
		clearTimeout(timer);
		timer = setTimeout(() => look("GET"), Math.max(1, seconds) * 1000);
	};
	const show = (idle, life) => {
		stay.hidden = true;
		if (idle > before) {
			warning.textContent = "";
			wait(idle - before);
		} else if (idle > 0) {
			const prolongable = life > idle + 30;
			const text = prolongable
				? "You will be signed out in two minutes, because this site was not used. Press “Stay signed in”, or go on working."
				: "You will be signed out in two minutes: eight hours are over. Send what you have typed, then sign in again.";
			if (warning.textContent !== text) warning.textContent = text; // a screen reader says it once
			stay.hidden = !prolongable;
			wait(Math.min(idle, 15));
		} else {
			warning.textContent = "You are signed out. Press Send: after you sign in again, what you typed is still there, without the Social Security number.";
		}
	};
	const look = async (method) => {
		try {
			const { value: csrfToken } = document.querySelector("input[name=csrfToken]");
			const answer = await fetch("/sign-in/session", method === "POST" ? { method, body: new URLSearchParams({ stay: "yes", csrfToken }) } : { method });
			if (!answer.ok) throw new Error("not answered");
			const [idle, life] = (await answer.text()).split(" ").map(Number);
			show(idle, life);
		} catch {
			wait(15); // the network may be back then
		}
	};
	stay.addEventListener("click", () => look("POST"));
	wait(15 * 60 - before);
})();
