document.documentElement.classList.add('awake');
